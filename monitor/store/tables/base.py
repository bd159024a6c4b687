"""I/O: the database. The base of all tables."""

from __future__ import annotations

import re

from sqlalchemy import MetaData, Table
from sqlalchemy.orm import declared_attr
from sqlmodel import SQLModel

# Every constraint has a name, so that a later migration can alter it on both databases.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Row(SQLModel):
    """The base of all tables, with metadata of its own: other packages may use SQLModel's."""

    metadata = MetaData(naming_convention=NAMES)

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805
        """Return the name of the table of a row class: `host_state` for `HostStateRow`."""
        return re.sub(r"\B(?=[A-Z])", "_", cls.__name__.removesuffix("Row")).lower()


def table(row: type[Row]) -> Table:
    """Return the SQLAlchemy table of a row class; statements are built with these."""
    return Row.metadata.tables[str(row.__tablename__)]
