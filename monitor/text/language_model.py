"""I/O: the user's cache. The model that detects languages, unpacked once. The only module that knows py3langid."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from array import array
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from py3langid import __version__
from py3langid.langid import MODEL_FILE, LanguageIdentifier

Arrays = Mapping[str, "np.ndarray[Any, Any]"]

_LAYOUT = 1  # of the files: count it up when their names or types change, or old ones are read as new
_ABANDONED_SECONDS = 3_600  # a process that was killed while it wrote left its part
_NAMES = ("weights", "priors", "languages", "runs", "run_numbers", "features", "rows")


def load_identifier(languages: Collection[str]) -> LanguageIdentifier:
    """Return an identifier of these languages alone, whose arrays all processes map from the user's cache.

    The library's file takes half a second to unpack, and 80 MB for a moment. Where the cache cannot be written, the
    arrays stay in memory.
    """
    # Not the library's shared identifier: restricting that one would change it for every caller.
    folder = _cache_folder() / f"language-{_LAYOUT}-{__version__}-{'-'.join(sorted(languages))}"
    arrays = _map_arrays(folder)
    if arrays is None:
        unpacked = _unpack(languages)
        _save(unpacked, folder)
        arrays = _map_arrays(folder) or unpacked
    weights, priors, classes, runs, run_numbers, features, rows = (arrays[name] for name in _NAMES)
    transitions = TransitionTable(runs, run_numbers)
    identifier = LanguageIdentifier(weights, priors, classes.tolist(), transitions, features.data, tk_row=())
    # The library's list of a hundred thousand numbers takes 4 MB, and each worker copies those that it reads.
    identifier._rowbase = rows.data
    return identifier


def unique_runs(transitions: array[int]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return each distinct run of sixteen numbers once, and the number of each run: 4 MB, the array has 39."""
    runs = np.frombuffer(transitions, dtype=f"u{transitions.itemsize}").reshape(-1, 16)
    hashes = np.zeros(len(runs), dtype=np.uint64)  # sorting these takes a tenth of the time of sorting the runs
    for column in runs.T:
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + column
    _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    return runs[first].ravel(), inverse.astype(np.uint32)


class TransitionTable:
    """The transitions of the model's automaton, out of its distinct runs."""

    def __init__(self, runs: np.ndarray[Any, Any], run_numbers: np.ndarray[Any, Any]) -> None:
        self._runs, self._run_numbers = runs.data, run_numbers.data

    def __getitem__(self, index: int) -> int:
        number: int = self._runs[self._run_numbers[index >> 4] << 4 | index & 15]
        return number


def _cache_folder() -> Path:
    """Return the folder by the XDG base directory specification; it need not exist."""
    user_cache = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not user_cache.is_absolute():
        try:
            user_cache = Path.home() / ".cache"
        except RuntimeError:  # a container's user without a home
            user_cache = Path(os.devnull)
    return user_cache / "newsroom-monitor"


def _unpack(languages: Collection[str]) -> Arrays:
    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    model.set_languages(languages)
    runs, run_numbers = unique_runs(model.tk_nextmove)
    values = (
        np.ascontiguousarray(model.nb_ptc), model.nb_pc, np.array(model.nb_classes), runs, run_numbers,
        np.array(model.tk_output, dtype=np.int32), np.array(model.tk_row, dtype=np.uint32) << 8,
    )  # fmt: skip
    return dict(zip(_NAMES, values, strict=True))


def _map_arrays(folder: Path) -> Arrays | None:
    """Return the arrays of a folder, or None if one cannot be read."""
    try:
        return {name: np.lib.format.open_memmap(folder / f"{name}.npy", mode="r") for name in _NAMES}
    except (OSError, ValueError, TokenError):  # the last by numpy's parser of a damaged header
        return None


def _save(arrays: Arrays, folder: Path) -> None:
    """Save arrays in a folder, all or none, in place of one that is damaged."""
    with suppress(OSError):
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        for abandoned in folder.parent.glob(f"{folder.name}.*"):
            if time.time() - abandoned.stat().st_mtime > _ABANDONED_SECONDS:  # else another process may write it now
                shutil.rmtree(abandoned, ignore_errors=True)
        with tempfile.TemporaryDirectory(
            prefix=f"{folder.name}.", dir=folder.parent, ignore_cleanup_errors=True
        ) as part:
            for name, values in arrays.items():
                with (Path(part) / f"{name}.npy").open("xb") as file:
                    np.save(file, values)
                    file.flush()
                    os.fsync(file.fileno())  # a power cut could leave zeros under the final name
            Path(part).rename(folder)
