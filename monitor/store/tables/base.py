"""I/O: the database. The base of all tables."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Column, MetaData, Table
from sqlmodel import SQLModel
from sqlmodel.main import SQLModelMetaclass

# Every constraint has a name, so that a later migration can alter it on both databases.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class _RowMeta(SQLModelMetaclass):
    """The maker of the tables of row classes, without SQLAlchemy's mappers, which take as long as the tables."""

    def __init__(
        cls,  # noqa: N805
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        **options: Any,
    ) -> None:
        type.__init__(cls, name, bases, namespace)
        if not options.get("table"):
            return
        columns: dict[str, Column[Any]] = {field: cls.__dict__[field] for field in cls.model_fields}
        for field, column in columns.items():
            column.name = column.key = field
        *constraints, last = namespace.get("__table_args__") or ({},)  # SQLAlchemy's form: a dict, if any, is last
        keywords = last if isinstance(last, dict) else {}
        constraints += [] if isinstance(last, dict) else [last]
        Table(_table_name(name), Row.metadata, *columns.values(), *constraints, **keywords)


class Row(SQLModel, metaclass=_RowMeta):
    """The base of all tables, with metadata of its own: other packages may use SQLModel's."""

    model_config = {"defer_build": True}  # rows validate nothing, so pydantic need not build their validators
    metadata = MetaData(naming_convention=NAMES)


def table(row: type[Row]) -> Table:
    """Return the SQLAlchemy table of a row class; statements are built with these."""
    return Row.metadata.tables[_table_name(row.__name__)]


def _table_name(row: str) -> str:
    """Return the name of the table of a row class: `host_state` for `HostStateRow`."""
    return re.sub(r"\B(?=[A-Z])", "_", row.removesuffix("Row")).lower()
