"""compose.yaml: which settings and folders each service has, and what the database needs for the fleet."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from monitor.config import load_settings
from monitor.config.settings import SETTINGS, Source, setting_names

ROOT = Path(__file__).parents[2]


def compose_file() -> dict[str, Any]:
    return YAML(typ="safe").load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def composed(environ: dict[str, str], service: str = "home") -> dict[str, str]:
    """Return the values that compose.yaml passes to a service, as `docker compose` fills them in."""
    document = compose_file()
    environments = {service: parts.get("environment") for service, parts in document["services"].items()}
    assert environments["desk"] == environments["home"]
    variable = re.compile(r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}")
    return {
        name: variable.sub(lambda match: environ.get(match[1]) or match[2] or "", value)
        for name, value in environments[service].items()
    }


def test_compose_passes_every_setting_but_those_of_channels_to_come(tmp_path):
    variables = {f"MONITOR_{name.upper()}" for name in setting_names()}
    values = {name: f"value of {name}" for name in variables - {"MONITOR_DATABASE_URL"}}
    passed = composed({"POSTGRES_PASSWORD": "x"} | values)
    assert passed.pop("MONITOR_DATABASE_URL") == "postgresql+psycopg://monitor:x@database/monitor"
    # The secret of a channel may stand in monitor.env alone.
    fields = {f"MONITOR_{name.upper()}" for name in SETTINGS}
    assert fields - passed.keys() - {"MONITOR_DATABASE_URL"} == set(), "add them to compose.yaml"
    assert passed.items() <= values.items()


def test_compose_gives_workers_a_role_of_their_own_and_no_secret_of_a_channel():
    values = {f"MONITOR_{name.upper()}": f"value of {name}" for name in setting_names()}
    passed = composed({"POSTGRES_PASSWORD": "x", "WORKER_PASSWORD": "y"} | values, "worker")
    assert passed.pop("MONITOR_DATABASE_URL") == "postgresql+psycopg://worker:y@database/monitor"
    fetching = "timezone proxy user_agent allow_hosts host_gap robots revisit revisits_a_day".split()
    bounds = "feed_megabytes_a_day feed_articles_a_day feed_mentions_a_day".split()
    assert passed.keys() == {f"MONITOR_{name.upper()}" for name in (*fetching, *bounds)}


def test_compose_sets_only_the_database_and_the_time_zone_by_itself(tmp_path):
    settings = load_settings(tmp_path, composed({"POSTGRES_PASSWORD": "x"}), tmp_path)
    assert sorted(name for name, source in settings.sources.items() if source is Source.ENVIRONMENT) == [
        "database_url",
        "timezone",
    ]


def test_compose_runs_any_number_of_workers_that_see_no_lists():
    worker = compose_file()["services"]["worker"]
    assert not worker.keys() & {"container_name", "hostname", "ports"}  # two cannot share one
    assert worker["volumes"] == ["/var/tmp"] and set(worker["tmpfs"]) == {"/tmp", "/data"}
    assert worker["command"] == ["--home", "/tmp", "work", "--jobs"]


def test_compose_starts_nothing_before_the_database_answers():
    services = compose_file()["services"]
    database = services.pop("database")
    assert all(parts["depends_on"] == {"database": {"condition": "service_healthy"}} for parts in services.values())
    # The server that prepares a new volume answers on its socket alone, and ends.
    assert database["healthcheck"]["test"] == ["CMD-SHELL", "pg_isready -U monitor -h 127.0.0.1"]


def test_the_database_of_compose_has_the_connections_that_operations_asks_for():
    (scaled,) = re.findall(r"--scale worker=(\d+)", (ROOT / "compose.yaml").read_text(encoding="utf-8"))
    advice = r"`max_connections` to (\d+) for each worker and the home, and (\d+)"
    ((per_process, reserve),) = re.findall(advice, (ROOT / "docs/operating.md").read_text(encoding="utf-8"))
    (option,) = compose_file()["services"]["database"]["command"][1:]
    assert int(option.removeprefix("max_connections=")) >= (int(scaled) + 1) * int(per_process) + int(reserve)
