"""What tests of several rooms share: homes, servers, databases, browsers."""

import os

# Every case of a sweep of which `make check` tries a choice: takes several times as long.
SWEEP_ALL = os.environ.get("MONITOR_SWEEP") == "all"
