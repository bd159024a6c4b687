"""Fixtures of all rooms; temporary files in memory; how many examples Hypothesis draws; which tests are in which tier."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings

pytest_plugins = ["kit.databases", "kit.commands"]

# What tests write need not outlive a power cut, and a commit to a disk takes a hundred times as long as one to memory.
MEMORY, ENOUGH_BYTES = Path("/dev/shm"), 2 * 1024**3  # a folder of each test and session has a name of its own
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES:
    os.environ["TMPDIR"], tempfile.tempdir = str(MEMORY), None

# A few examples in `make test`, the same ones each time, so that what fails was broken by the change at hand;
# `make soak` looks for new ones. No deadline and no bound on drawing: both go by the clock of a machine that others use.
anytime = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("few", anytime, max_examples=8, derandomize=True)
settings.register_profile("new", anytime, max_examples=400, derandomize=False)
settings.load_profile("few")
