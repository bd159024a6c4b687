"""The demo after its readings, once for all files of browsers: making it takes seconds."""

from kit.desk import demo

__all__ = ["demo"]
