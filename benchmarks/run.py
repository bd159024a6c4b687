"""Run the scorers against this build and print the row of benchmarks/README.md.

    python benchmarks/run.py [--shared ../shared] [--only names,feeds,pages,stories]

The scorers and the recorded data they read are no part of this project: their texts belong to their publishers.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCORERS = {
    "names": ("score_names.py", "names"),
    "feeds": ("score_feeds.py", "feeds"),
    "pages": ("score_pages.py", "pages"),
    "stories": ("score_stories.py", "stories"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--shared", type=Path, default=ROOT.parent / "shared", help="folder that holds tools/ and data/"
    )
    parser.add_argument("--only", default=",".join(SCORERS), help="which, joined by commas")
    arguments = parser.parse_args()
    if not (arguments.shared / "tools").is_dir():
        print(
            f"{arguments.shared}: holds no tools/; name the folder of scorers and data with --shared", file=sys.stderr
        )
        return 2
    monitor = Path(sys.executable).with_name("monitor")
    failed = 0
    for name in arguments.only.split(","):
        script, data = SCORERS[name]
        print(f"== {name}", flush=True)
        command = [
            sys.executable,
            str(arguments.shared / "tools" / script),
            "--data",
            str(arguments.shared / "data" / data),
            "--monitor",
            str(monitor),
        ]
        failed += subprocess.run(command, check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
