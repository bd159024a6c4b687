"""Settings and the home."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from monitor.config import RecheckChoice, Settings, Source, load_settings
from monitor.config.settings import setting_names, variable_name
from monitor.errors import InputError

NOWHERE = Path("/")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "feeds.yaml").write_text("- https://tolkun.example/rss\n")
    return tmp_path


def env_file(home: Path, text: str) -> Path:
    path = home / "monitor.env"
    path.write_text(text)
    return path


def refused(home: Path, environ: Mapping[str, str]) -> InputError:
    with pytest.raises(InputError) as caught:
        load_settings(home, environ, NOWHERE)
    assert caught.value.exit_code == 2
    return caught.value


# ---- settings -----------------------------------------------------------------------------------------------------


def test_without_settings_the_defaults_hold(home: Path):
    settings = load_settings(home, {}, NOWHERE)
    assert settings == Settings(home=home, sources={"home": Source.COMMAND})
    assert settings.database_url == f"sqlite:///{home}/monitor.db"
    assert settings.database_file == home / "monitor.db"
    assert settings.feeds == home / "feeds.yaml"
    assert settings.watchlist == home / "watchlist.yaml"
    assert (settings.timezone, settings.digest_at) == (ZoneInfo("UTC"), time(8))
    assert (settings.host_gap, settings.allow_hosts, settings.revisit) == (1.0, frozenset(), RecheckChoice.ALL)
    assert (settings.smtp_url, settings.digest_to, settings.base_url, settings.ping_url) == ("", (), "", "")


def test_the_environment_comes_before_the_file_and_the_file_before_the_defaults(home: Path):
    env_file(
        home,
        "# a comment\n\nMONITOR_TIMEZONE=Asia/Bishkek\nexport MONITOR_HOST_GAP='2.5'\nMONITOR_DIGEST_AT=7:30 # early\n",
    )
    settings = load_settings(home, {"MONITOR_HOST_GAP": "0", "MONITOR_REVISIT": "none", "PATH": "/bin"}, NOWHERE)
    assert settings.timezone == ZoneInfo("Asia/Bishkek")
    assert settings.host_gap == 0
    assert settings.digest_at == time(7, 30)
    assert settings.revisit is RecheckChoice.NONE
    assert {name: source.value for name, source in settings.sources.items()} == {
        "home": "command line",
        "timezone": "monitor.env",
        "digest_at": "monitor.env",
        "host_gap": "environment",
        "revisit": "environment",
    }


def test_every_setting_is_read_into_its_value(home: Path):
    settings = load_settings(
        home,
        {
            "MONITOR_DATABASE_URL": "postgresql+psycopg://u:p@db.example/monitor",
            "MONITOR_FEEDS": "lists/all.yaml",
            "MONITOR_ALLOW_HOSTS": "127.0.0.1:8000, [::1]:80,Intra.Example:443,",
            "MONITOR_USER_AGENT": "reader/1 (+https://a.example)",
            "MONITOR_PROXY": "socks5://127.0.0.1:9050",
            "MONITOR_SMTP_URL": "smtps://u:p@mail.example:465",
            "MONITOR_DIGEST_TO": "desk@a.example, night@b.example",
            "MONITOR_BASE_URL": "https://desk.example/",
            "MONITOR_PING_URL": "https://ping.example/abc",
            "MONITOR_ROBOTS": "off",
        },
        NOWHERE,
    )
    assert settings.database_url == "postgresql+psycopg://u:p@db.example/monitor"
    assert settings.database_file is None
    assert settings.feeds == home / "lists/all.yaml"
    assert settings.allow_hosts == {"127.0.0.1:8000", "[::1]:80", "intra.example:443"}
    assert settings.user_agent == "reader/1 (+https://a.example)"
    assert settings.proxy == "socks5://127.0.0.1:9050"
    assert settings.smtp_url == "smtps://u:p@mail.example:465"
    assert settings.digest_to == ("desk@a.example", "night@b.example")
    assert settings.base_url == "https://desk.example"
    assert settings.ping_url == "https://ping.example/abc"
    assert settings.robots is False


@pytest.mark.parametrize(
    ("setting", "url", "file"),
    [
        ("sqlite:///x.db", "sqlite:///{home}/x.db", "{home}/x.db"),
        ("sqlite:////srv/x.db", "sqlite:////srv/x.db", "/srv/x.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:", None),
    ],
)
def test_a_database_file_lies_in_the_home_unless_its_path_is_absolute(
    home: Path, setting: str, url: str, file: str | None
):
    settings = load_settings(home, {"MONITOR_DATABASE_URL": setting}, NOWHERE)
    assert settings.database_url == url.format(home=home)
    assert settings.database_file == (Path(file.format(home=home)) if file else None)


def test_an_empty_setting_is_none(home: Path):
    env_file(home, "MONITOR_PROXY=\nMONITOR_TIMEZONE=Asia/Almaty\n")
    settings = load_settings(home, {"MONITOR_TIMEZONE": "", "MONITOR_HOST_GAP": " "}, NOWHERE)
    assert (settings.proxy, settings.timezone, settings.host_gap) == ("", ZoneInfo("Asia/Almaty"), 1.0)
    assert settings.sources.keys() == {"home", "timezone"}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DATABASE_URL", "postgres://u:hush@db.example/m", "write sqlite:///FILE or postgresql+psycopg://"),
        ("DATABASE_URL", "monitor.db", "write sqlite:///FILE"),
        ("TIMEZONE", "Bishkek", "'Bishkek' is no time zone"),
        ("TIMEZONE", "../etc/passwd", "is no time zone"),
        ("ALLOW_HOSTS", "localhost", "'localhost' is not host:port"),
        ("ALLOW_HOSTS", "a.example:80, b.example:0", "'b.example:0' is not host:port"),
        ("ALLOW_HOSTS", "http://a.example:80", "is not host:port"),
        ("USER_AGENT", "монитор", "plain ASCII"),
        ("PROXY", "ftp://u:hush@a.example", "not the address of a proxy"),
        ("PROXY", "socks5://u:hush@a.example:port", "not the address of a proxy"),
        ("HOST_GAP", "-1", "'-1' will not do; write seconds"),
        ("HOST_GAP", "nan", "'nan' will not do; write seconds"),
        ("HOST_GAP", "3601", "from 0 to 3600"),
        ("SMTP_URL", "mail.example", "not the address of a mail server"),
        ("SMTP_URL", "smtp://u:hush@[x", "not the address of a mail server"),
        ("DIGEST_TO", "desk@a.example, night", "'night' will not do; write mail addresses"),
        ("DIGEST_TO", "a b@a.example", "will not do; write mail addresses"),
        ("DIGEST_TO", "desk@a.example\nBcc: x@b.example", "will not do; write mail addresses"),
        ("DIGEST_AT", "8 am", "write it as 08:00"),
        ("LANGUAGE", "de", "use one of: en, ru, ky"),
        ("DIGEST_AT", "24:00", "write it as 08:00"),
        ("BASE_URL", "desk.example", "not a web address"),
        ("REVISIT", "some", "use one of: all, matched, none"),
        ("ROBOTS", "maybe", "write on, or off to read article pages whatever robots.txt says"),
        ("PING_URL", "ping.example/hush", "not a web address"),
    ],
)
@pytest.mark.parametrize("place", ["environment", "file"])
def test_a_bad_setting_says_its_name_where_it_is_from_and_what_to_do(
    home: Path, place: str, name: str, value: str, message: str
):
    if place == "file":
        quoted = value.replace("\n", "\\n")
        path = env_file(home, f'# settings\n\nMONITOR_{name}="{quoted}"\n')
        error, at = refused(home, {}), f"{path}:3:1: "
    else:
        error, at = refused(home, {f"MONITOR_{name}": value}), "environment: "
    assert str(error).startswith(f"{at}MONITOR_{name}: ")
    assert message in str(error)
    assert "hush" not in str(error)


def test_all_bad_settings_are_told_at_once(home: Path):
    path = env_file(home, "MONITOR_DIGEST_AT=noon\nMONITOR_TIMEZONE=Mars\n")
    messages = str(refused(home, {"MONITOR_REVISIT": "x"})).splitlines()
    assert sorted(line.partition(" ")[0] for line in messages) == [f"{path}:1:1:", f"{path}:2:1:", "environment:"]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("MONITOR_SMPT_URL=x\n", 1, 1, "did you mean 'MONITOR_SMTP_URL'?"),
        ("# c\n\n  TIMEZONE=UTC\n", 3, 3, "did you mean 'MONITOR_TIMEZONE'?"),
        ("MONITOR_PROXY\n", 1, 1, "not a setting; write NAME=value"),
        ("a b c\n", 1, 1, "not a setting"),
        ("MONITOR_PROXY='x\n", 1, 1, "not a setting"),
        ("MONITOR_HOME=/srv\n", 1, 1, "unknown setting"),
        ("MONITOR_HOST_GAP=1\nMONITOR_HOST_GAP=2\n", 2, 1, "set twice (first on line 1)"),
    ],
)
def test_what_is_wrong_in_monitor_env_is_said_with_its_place(
    home: Path, text: str, line: int, column: int, message: str
):
    path = env_file(home, text)
    messages = str(refused(home, {}))
    assert messages.startswith(f"{path}:{line}:{column}: ")
    assert message in messages


def test_a_monitor_env_that_cannot_be_read_is_an_error(home: Path):
    (home / "monitor.env").mkdir()
    assert "cannot be read (Is a directory)" in str(refused(home, {}))


def test_variables_of_other_programs_are_no_error(home: Path):
    environ = {"MONITOR_HOME": "/x", "MONITOR_SMPT_URL": "x", "MONITORS": "2", "MONITOR_PROXY": ""}
    assert load_settings(home, environ, NOWHERE).sources.keys() == {"home"}


def test_settings_are_shown_with_their_source_and_without_secrets(home: Path):
    env_file(home, "MONITOR_SMTP_URL=smtps://desk:hush@mail.example:465\nMONITOR_PING_URL=https://ping.example/hush\n")
    settings = load_settings(
        home,
        {
            "MONITOR_DATABASE_URL": "postgresql+psycopg://u:hush/@hush@db.example/m?password=hush",
            "MONITOR_PROXY": "socks5://hush@127.0.0.1:9050",
            "MONITOR_DIGEST_TO": "b@a.example,a@a.example",
        },
        NOWHERE,
    )
    rows = {name: (value, source) for name, value, source in settings.describe()}
    assert rows["MONITOR_HOME"] == (str(home), "command line")
    assert rows["MONITOR_DATABASE_URL"] == ("postgresql+psycopg://db.example/***", "environment")
    assert rows["MONITOR_SMTP_URL"] == ("smtps://mail.example:465/***", "monitor.env")
    assert rows["MONITOR_PING_URL"] == ("https://ping.example/***", "monitor.env")
    assert rows["MONITOR_PROXY"] == ("socks5://127.0.0.1:9050/***", "environment")
    assert rows["MONITOR_DIGEST_TO"] == ("a@a.example, b@a.example", "environment")
    assert rows["MONITOR_DIGEST_AT"] == ("08:00", "default")
    assert rows["MONITOR_ROBOTS"] == ("on", "default")
    assert rows.keys() == {"MONITOR_HOME", *map(variable_name, setting_names())}
    assert "hush" not in repr(settings) + str(rows)
    plain = load_settings(home, {"MONITOR_PROXY": "socks5://127.0.0.1:9050"}, NOWHERE)  # here nothing is hidden
    assert ("MONITOR_PROXY", "socks5://127.0.0.1:9050", "environment") in plain.describe()


def test_settings_do_not_change(home: Path):
    settings = load_settings(home, {}, NOWHERE)
    with pytest.raises(ValidationError):
        settings.host_gap = 0  # type: ignore[misc]


def test_settings_built_by_hand_look_at_no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("HOST_GAP", "9")
    monkeypatch.setenv("MONITOR_HOST_GAP", "9")
    assert Settings(home=tmp_path).host_gap == 1.0


# ---- home ---------------------------------------------------------------------------------------------------------


def test_home_is_what_the_command_line_says_then_the_environment_then_here(home: Path, tmp_path_factory):
    second_home = tmp_path_factory.mktemp("other")
    (second_home / "feeds.yaml").write_text("- https://a.example/rss\n")
    environ = {"MONITOR_HOME": str(second_home)}
    assert load_settings(home, environ, NOWHERE).home == home
    assert load_settings(None, environ, home).home == second_home
    assert load_settings(second_home, environ, home).sources["home"] is Source.ENVIRONMENT
    from_folder = load_settings(None, {}, home)
    assert (from_folder.home, from_folder.sources["home"]) == (home, Source.DEFAULT)
    from_folder.require_home()
    assert load_settings(Path(home.name), {}, home.parent).home == home


def test_without_feeds_yaml_there_is_no_home_and_the_error_names_the_path(tmp_path: Path):
    for settings in (load_settings(tmp_path, {}, NOWHERE), load_settings(None, {}, tmp_path)):
        with pytest.raises(InputError, match=f"^{tmp_path}/feeds.yaml: there is no such file") as caught:
            settings.require_home()
        assert caught.value.exit_code == 2
    with pytest.raises(InputError, match=f"^{tmp_path}/none: there is no such folder"):
        load_settings(tmp_path / "none", {}, NOWHERE).require_home()
    assert list(tmp_path.iterdir()) == []


def test_a_named_home_may_keep_its_feeds_elsewhere(tmp_path: Path):
    (tmp_path / "all.yaml").write_text("- https://a.example/rss\n")
    home = tmp_path / "home"
    home.mkdir()
    load_settings(home, {"MONITOR_FEEDS": "../all.yaml"}, NOWHERE).require_home()
    settings = load_settings(home, {"MONITOR_FEEDS": "none.yaml"}, tmp_path, feeds=Path("all.yaml"))
    settings.require_home()
    assert settings.feeds == tmp_path / "all.yaml"
    with pytest.raises(InputError):
        load_settings(None, {}, home, feeds=tmp_path / "all.yaml").require_home()


def test_a_folder_that_is_no_home_gives_no_settings(tmp_path: Path):
    env_file(tmp_path, "MONITOR_HOST_GAP=0\n")
    assert load_settings(None, {}, tmp_path).host_gap == 1.0
    assert load_settings(tmp_path, {}, NOWHERE).host_gap == 0
