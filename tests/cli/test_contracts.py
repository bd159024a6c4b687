"""docs/contracts.md and the glossary against the program: the tables made from the code, and words that others rely on."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from monitor.config.channels import CHANNELS
from monitor.config.settings import setting_names, variable_name
from monitor.i18n.labels import ROLES
from monitor.messages.content.stories.build import SECTIONS
from monitor.model import FeedStatus, Outcome

DOCS = Path(__file__).parents[2] / "docs"
CONTRACTS = (DOCS / "contracts.md").read_text(encoding="utf-8")


TABLES = Path(__file__).parents[2] / "tools/document_tables.py"


def test_the_tables_of_commands_and_settings_are_those_of_the_code():
    spec = importlib.util.spec_from_file_location("document_tables", TABLES)
    assert spec and spec.loader
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    assert tables.with_tables(CONTRACTS) == CONTRACTS, "run `make docs`"
    assert "|`monitor queue undo [ID]`|`--by=NAME`, `--format=text\\|json`, `--closed\\|--sensitive`|" in CONTRACTS
    changed = CONTRACTS.replace("`monitor retry [ID …]`", "`monitor retry`").replace("|`5000`|", "|`50`|")
    assert changed != CONTRACTS and tables.with_tables(changed) == CONTRACTS


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("contracts.md", [f"`{variable_name(name)}`" for name in setting_names()]),
        ("contracts.md", [", ".join(SECTIONS)]),
        ("contracts.md", [" | ".join(f"{name} (default)" if name == "mail" else name for name in CHANNELS)]),
        ("glossary.md", [", ".join(CHANNELS)]),
        ("glossary.md", [f"*{word}*" for word in (*Outcome, *FeedStatus)]),
        ("glossary.md", [" or ".join(", ".join(ROLES.values()).rsplit(", ", 1))]),
        ("contracts.md", [f"*{role}*" for role in ROLES.values()]),
        ("desk.md", [f"*{role}*" for role in ROLES.values()]),
    ],
    ids=["settings", "sections", "channels", "kinds of channels", "outcomes and statuses", *["roles"] * 3],
)
def test_the_documents_list_what_the_program_has(document: str, words: list[str]):
    text = " ".join((DOCS / document).read_text(encoding="utf-8").split())
    assert [word for word in words if word not in text] == [], f"write them into docs/{document}"
