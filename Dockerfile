# syntax=docker/dockerfile:1
# Two stages: the first has pip and the build backend, the second only what runs. Data lives in the volume /data.

FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE feeds.yaml watchlist.yaml ./
RUN python -m venv /opt/monitor \
 && /opt/monitor/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY monitor ./monitor
RUN /opt/monitor/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . \
 && /opt/monitor/bin/pip uninstall --yes --quiet hatchling editables \
 && /opt/monitor/bin/python -m compileall -q /opt/monitor/lib

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin monitor \
 && mkdir /data \
 && chown monitor:monitor /data \
 && chmod 700 /data
COPY --from=build /opt/monitor /opt/monitor
COPY --chown=monitor:monitor feeds.yaml watchlist.yaml /data/
ENV PATH=/opt/monitor/bin:$PATH \
    MONITOR_HOME=/data \
    PYTHONUNBUFFERED=1
USER monitor
WORKDIR /data
VOLUME /data
ENTRYPOINT ["monitor"]
CMD ["ingest"]
