"""Import for its side effect: load the language model, which worker processes share, before they are forked.

Import it first: unpacking the model takes 80 MB for a moment. No garbage is looked for until `extract.preload`.
"""

from __future__ import annotations

import gc

from monitor.memory import return_free_memory
from monitor.text.language import detect

gc.disable()  # imports leave little, and looking for it takes a tenth of their time
detect("Nothing has happened here, and so it was read.")
return_free_memory()
