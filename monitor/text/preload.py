"""Import for its side effect: load the language model, which worker processes share, before they are forked.

Import it first: unpacking the model takes 80 MB for a moment. No garbage is looked for until `extract.preload`.
"""

from __future__ import annotations

import gc
import sys
from types import ModuleType

from monitor.memory import return_free_memory
from monitor.text.language import detect

# Libraries import these, 3 MB, and no worker calls them: pages are decoded before, and nobody reads numpy's help.
for _module in ("charset_normalizer", "numpy._core._add_newdocs", "rapidfuzz.process"):
    sys.modules[_module] = ModuleType(_module)
sys.modules["charset_normalizer"].from_bytes = None  # type: ignore[attr-defined]

gc.disable()  # imports leave little, and looking for it takes a tenth of their time
detect("Nothing has happened here, and so it was read.")
return_free_memory()
