"""The command line `monitor`: calls the use cases of `app`, prints their results, maps errors to exit codes.

0 done · 2 wrong usage, settings or file · 3 some feeds failed (--strict) · 4 nothing could be fetched · 74 disk error ·
75 try again later
"""

from monitor.cli.program import app, main

__all__ = ["app", "main"]
