# `make demo` and `make test` are the two commands of the README; each sets up what it needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SETUP  := $(PYTHON) tools/setup_venv.py $(VENV)

# What is compiled once is kept, whatever the caller says: pytest rewrites every assertion, which takes it seconds.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo desk test test-postgresql check soak bench lock clean

help:          ## this list
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 18

setup:         ## .venv with what running needs, from requirements.lock
	@$(SETUP) requirements.lock

demo: setup    ## everything on an invented newsroom
	@$(BIN)/monitor demo

desk: setup    ## the desk in a browser, on the same newsroom
	@$(BIN)/monitor demo --serve

test: setup-dev ## the fast tests: two to three minutes on two cores, needs pip only
	@$(BIN)/python -m pytest -q -m "not slow" -n 3 --dist loadfile

test-postgresql: setup-dev ## all tests of the database on PostgreSQL
	@$(BIN)/python -m pytest -q -m "not alone" -k postgresql -n 2 --dist worksteal

check: setup-dev ## format, lint, types, arrows, the slow tests, and all examples
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory -j 2 types slow-tests
	$(BIN)/python -m pytest -q -m "slow and alone and not soak" $$(grep -rl --include=*.py mark.alone tests)

.PHONY: types slow-tests
types: setup-dev
	$(BIN)/mypy

# Four on two cores: browsers, servers and time limits are waited for.
slow-tests: setup-dev
	$(BIN)/python -m pytest -q -m "(slow or hypothesis) and not alone and not soak" --hypothesis-profile all -n 4 --dist loadscope

soak: setup-dev ## tests of minutes each, before a release: many machines, a flood of copies, new examples, every death, every look
	$(BIN)/python -m pytest -q -m soak -o faulthandler_timeout=3600
	$(BIN)/python -m pytest -q -m "hypothesis and not alone" --hypothesis-profile new -n 2 --dist loadscope -o faulthandler_timeout=3600
	MONITOR_SWEEP=all $(BIN)/python -m pytest -q -m slow -k "axe or readable or session_ended or connection or any_point or test_crash or thousand" -n 2 --dist loadscope -o faulthandler_timeout=3600

bench: setup-dev ## the scorers and benchmarks of benchmarks/README.md
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/match.py
	$(BIN)/python benchmarks/extract.py

.PHONY: setup-dev
setup-dev:
	@$(SETUP) requirements-dev.lock

# Needs `pip install uv`. Versions and hashes only: no address of any registry is written.
lock:          ## make the lock files again from pyproject.toml
	uv pip compile pyproject.toml --group build --extra postgres --extra jobs --extra evidence --extra web --extra notify --extra openpgp --universal --python-version 3.11 \
	    --generate-hashes --no-header --no-annotate --quiet --upgrade -o requirements.lock
	uv pip compile pyproject.toml --group build --group dev --extra postgres --extra jobs --extra evidence --extra web --extra notify --extra openpgp --universal --python-version 3.11 \
	    --generate-hashes --no-header --no-annotate --quiet --upgrade -c requirements.lock -o requirements-dev.lock
	echo pip | uv pip compile - --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --upgrade -o tools/pip.lock

clean:         ## remove .venv and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
