"""Make the virtual environment from a lock file, when it is missing or stale. Standard library only.

    python3 tools/setup_venv.py .venv requirements.lock

A stamp in the environment says which locks and which pyproject.toml it was made from. The development lock holds
everything the running one does, so an environment made for tests also serves `make demo`.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")


def main(venv: Path, lock: str) -> int:
    if sys.version_info < (3, 11, 1):
        print(f"monitor needs Python 3.11.1 or newer; {sys.executable} is {sys.version.split()[0]}", file=sys.stderr)
        return 2
    want = {name: digest(name) for name in LOCKS[: LOCKS.index(lock) + 1]}
    if all(stamp(venv, name) == value for name, value in want.items()):
        return 0
    if not make(venv):
        return 2
    print(f"installing what {lock} lists into {venv} …", file=sys.stderr)
    # The pip that comes with Python 3.11 takes half a minute more to choose among a registry's files; it will do.
    install(venv, ["--quiet", "--require-hashes", "-r", "tools/pip.lock"])
    for arguments in (["--require-hashes", "-r", lock], ["--no-deps", "--no-build-isolation", "-e", "."]):
        if install(venv, arguments):
            print(
                f"could not install {lock}; is a package registry reachable? Nothing else is needed.", file=sys.stderr
            )
            return 2
    # pip would compile with one processor, and not the folder of an editable install: each process would do it again.
    folders = map(str, [ROOT / "monitor", *venv.glob("lib/python*/site-packages")])
    subprocess.run([str(venv / "bin" / "python"), "-m", "compileall", "-qq", "-j", "0", *folders], check=False)
    for name, value in want.items():
        (venv / f".made-from-{name}").write_text(value)
    return 0


def install(venv: Path, arguments: list[str]) -> int:
    """Install with pip and say how far it is, a line for every tenth package; return its exit code."""
    options = ["--disable-pip-version-check", "--no-compile", *arguments]
    command = [str(venv / "bin" / "python"), "-m", "pip", "install", *options]
    count = 0
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as pip:
        for line in pip.stdout or ():
            if line.startswith("Collecting ") and (count := count + 1) % 10 == 0:
                print(f"  {count} packages fetched", file=sys.stderr)
            elif line.startswith("Installing collected packages"):
                print("  unpacking them, which takes longest …", file=sys.stderr)
    return pip.returncode


def make(venv: Path) -> bool:
    if (venv / "bin" / "python").exists() and subprocess.run(
        [str(venv / "bin" / "python"), "-m", "pip", "--version"], capture_output=True, check=False
    ).returncode == 0:
        return True
    shutil.rmtree(venv, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(venv)], capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return True
    print(
        "python3 has no working venv module; install it (Debian, Ubuntu: apt install python3-venv) and try again",
        file=sys.stderr,
    )
    return False


def digest(lock: str) -> str:
    parts = [(ROOT / name).read_bytes() for name in (lock, "pyproject.toml")]
    # An editable install points at this folder: a copied or moved clone needs its own.
    return hashlib.sha256(b"\0".join([*parts, str(ROOT).encode(), sys.version.encode()])).hexdigest()


def stamp(venv: Path, lock: str) -> str:
    path = venv / f".made-from-{lock}"
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
