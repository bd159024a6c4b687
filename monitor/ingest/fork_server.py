"""Imported in the process that workers are forked from. It reads a page, so that they share what that loads: 100 MB."""

from __future__ import annotations

from monitor.ingest.stages import extract
from monitor.model import OutletProfile

extract("<title>Новости</title><p>В городе ничего не произошло.".encode(), "", "text/html", OutletProfile())
