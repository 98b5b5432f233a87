# Everything a developer does. `make help` lists it; ARGS="..." is handed on to what a target runs.
# Written for GNU make 3.81 (macOS) and later; needs Python >= 3.11 with venv and nothing else.

PYTHON ?=
ARGS ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
CODE := src tests $(wildcard benchmarks)

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench prove docs clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile

setup: .venv/.runtime ## make .venv and install Plimsoll with what it needs to run

demo: .venv/.runtime ## load a real PostgreSQL and write a report
	$(BIN)/plimsoll demo $(ARGS)

test: .venv/.dev ## the test suite (without the long proofs)
	$(BIN)/python -m tests.running $(ARGS)

lint: .venv/.dev ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)

bench: .venv/.dev ## every benchmark against its peer
	set -e; for file in benchmarks/[!_]*.py; do echo "== $$file"; $(BIN)/python "$$file" $(ARGS); done

prove: .venv/.dev ## the long proofs
	$(BIN)/python -m pytest tests/prove $(ARGS)

docs: .venv/.runtime ## write docs/reference from the commands' own help
	$(BIN)/python -m plimsoll.cli.reference
	$(BIN)/python -m plimsoll.cli.series_reference
	$(BIN)/python -m plimsoll.cli.reference docs/reference/fluentscribe-cli.md fluentscribe.cli.main
	$(BIN)/python -m fluentscribe.permissions.document docs/guides/fluentscribe-api.md

clean: ## remove what make made; runs in .plimsoll stay
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find $(CODE) -name __pycache__ -prune -exec rm -rf {} +

# The stamps make a repeated `make` instant and repeat the installation when the pins or the project change.
.venv/.runtime: requirements/runtime.txt requirements/build.txt pyproject.toml | .venv/bin/python
	$(PIP) install --quiet -r requirements/runtime.txt -r requirements/build.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.runtime
	$(PIP) install --quiet -r requirements/dev.txt
	@touch $@

.venv/bin/python:
	@set -e; chosen=; bare=; \
	for python in $(or $(PYTHON),python3.11 python3.12 python3.13 python3.14 python3); do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  if "$$python" -c 'import venv, ensurepip' 2>/dev/null; then chosen=$$python; break; fi; \
	  bare=$$python; \
	done; \
	if [ -n "$$chosen" ]; then \
	  echo "making .venv with $$chosen and installing the pinned packages (once, about a minute)"; \
	  "$$chosen" -m venv .venv; \
	elif [ -n "$$bare" ]; then \
	  echo "error: $$bare has no venv or ensurepip. Try: apt-get install python3-venv (Debian, Ubuntu)" >&2; exit 1; \
	else \
	  echo "error: no Python >= 3.11 found$(if $(PYTHON), as $(PYTHON)). Try: make setup PYTHON=/path/to/python3" >&2; exit 1; \
	fi
