"""Import for its side effect: load the language model, which worker processes share, before they are forked.

Import it first: loading takes 80 MB for a moment.
"""

from __future__ import annotations

from monitor.memory import return_free_memory
from monitor.text.language import detect

detect("Nothing has happened here, and so it was read.")
return_free_memory()
