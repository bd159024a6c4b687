# `make demo` and `make test` are the two commands of the README; each sets up what it needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SETUP  := $(PYTHON) tools/setup_venv.py $(VENV)

# Whole files to each of two workers: what a file prepares is prepared once.
WORKERS := -n 2 --dist loadfile

# What is compiled once is kept, whatever the caller says: pytest rewrites every assertion, which takes it seconds.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo desk test check soak bench docs lock clean

help:          ## this list
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 18

setup:         ## .venv with what running needs, from requirements.lock
	@$(SETUP) requirements.lock

demo: setup    ## everything on an invented newsroom
	@$(BIN)/monitor demo

desk: setup    ## the desk in a browser, on the same newsroom
	@$(BIN)/monitor demo --serve

# Three on two cores: now and then a test waits for a socket, a process or PostgreSQL.
test: WORKERS := -n 3 --dist loadfile
test: setup-dev ## what every change needs: under two minutes on two cores, needs pip only
	@$(BIN)/python -m pytest -q -m "not check and not soak" $(WORKERS)

check: setup-dev ## format, lint, types, arrows, longer tests, and a walk through the desk in a real browser
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -m check $(WORKERS)

soak: setup-dev ## each night and before a release, up to an hour: browsers, axe, crashes, clocks, labs, growth, new examples
	$(BIN)/python -m pytest -q -m soak $(WORKERS) -o faulthandler_timeout=3600
	$(BIN)/python -m pytest -q -m "hypothesis and not soak" --hypothesis-profile new $(WORKERS) -o faulthandler_timeout=3600

bench: setup-dev ## the scorers and benchmarks of benchmarks/README.md
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/match.py
	$(BIN)/python benchmarks/extract.py

.PHONY: setup-dev
setup-dev:
	@$(SETUP) requirements-dev.lock

docs: setup-dev ## the tables of docs/contracts.md again, from the code
	$(BIN)/python tools/document_tables.py

# Needs `pip install uv`. Versions and hashes only: no address of any registry is written.
lock:          ## make the lock files again from pyproject.toml
	uv pip compile pyproject.toml --group build --extra postgres --extra jobs --extra evidence --extra age --extra xlsx --extra web --extra notify --extra openpgp --universal --python-version 3.11 \
	    --generate-hashes --no-header --no-annotate --quiet --upgrade -o requirements.lock
	uv pip compile pyproject.toml --group build --group dev --extra postgres --extra jobs --extra evidence --extra age --extra xlsx --extra web --extra notify --extra openpgp --universal --python-version 3.11 \
	    --generate-hashes --no-header --no-annotate --quiet --upgrade -c requirements.lock -o requirements-dev.lock
	echo pip | uv pip compile - --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --upgrade -o tools/pip.lock

clean:         ## remove .venv and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
