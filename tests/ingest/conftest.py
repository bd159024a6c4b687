"""The whole line on three outlets, for most files of this room."""

from kit.articles import bench

__all__ = ["bench"]
