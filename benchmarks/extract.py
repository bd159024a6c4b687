"""Pages a second on one core beside plain trafilatura, in one run, interleaved; CPU time. Prints the row of README.md.

    python benchmarks/extract.py [--pages ../shared/data/pages] [--rounds 3]

The recorded pages are no part of this project: their texts belong to their publishers.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import time
from collections.abc import Callable
from pathlib import Path

import trafilatura

from monitor.extract.outlet_profile import build_outlet_profile
from monitor.extract.page import extract

ROOT = Path(__file__).resolve().parent.parent
Reader = Callable[[bytes], object]
LIBRARY_READERS: dict[str, Reader] = {
    "trafilatura, text": trafilatura.extract,
    "trafilatura, text and metadata": lambda page: trafilatura.bare_extraction(page, with_metadata=True),
    "trafilatura, text twice (recall and precision)": lambda page: (
        trafilatura.extract(page),
        trafilatura.extract(page, favor_precision=True),
    ),
}


def seconds_of(reader: Reader, page: bytes) -> float:
    begun = time.process_time()
    reader(page)
    return time.process_time() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, default=ROOT.parent / "shared" / "data" / "pages")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    pages = [gzip.decompress(file.read_bytes()) for file in sorted(arguments.pages.glob("*.html.gz"))]
    if not pages:
        print(f"{arguments.pages}: holds no *.html.gz; name the folder of recorded pages with --pages", file=sys.stderr)
        return 2
    read = [extract(page) for page in pages]
    profile = build_outlet_profile((page.title for page in read), (page.text for page in read))  # as full as they get
    readers: dict[str, Reader] = {
        "monitor": extract,
        "monitor, with an outlet's profile": lambda page: extract(page, profile=profile),
        **LIBRARY_READERS,
    }
    took = dict.fromkeys(readers, float("inf"))
    for _ in range(arguments.rounds):
        spent = dict.fromkeys(took, 0.0)
        for page in pages:
            for name, reader in readers.items():
                spent[name] += seconds_of(reader, page)
        took = {name: min(took[name], spent[name]) for name in took}
    plain = took["trafilatura, text"]
    size = sum(map(len, pages)) / len(pages) / 1000
    print(f"{len(pages)} pages of {size:.0f} kB on average; the fastest of {arguments.rounds} rounds\n")
    print("| reader | pages a second | ms a page | × trafilatura's time |\n|---|---|---|---|")
    for name, seconds in took.items():
        print(f"| {name} | {len(pages) / seconds:.0f} | {1000 * seconds / len(pages):.1f} | {seconds / plain:.2f} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
