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
# The desk: `monitor serve --host 0.0.0.0`. A container that only reads has no desk, and is well while it runs.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD \
    ["/bin/sh", "-c", "tr '\\0' ' ' < /proc/1/cmdline | grep -q ' serve' || exit 0; exec python -c 'import urllib.request as u; u.urlopen(\"http://127.0.0.1:8000/health\", timeout=4)'"]
USER monitor
WORKDIR /data
VOLUME /data
ENTRYPOINT ["monitor"]
CMD ["ingest"]
