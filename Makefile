# Each target sets up what it needs on a machine that has only Python (3.11 or newer) and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BASE := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: help demo test lint bench evidence soak readme clean
.DEFAULT_GOAL := help

help:  ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fundarb needs Python 3.11 or newer; set PYTHON=python3.x")'
	$(PYTHON) -m venv $(VENV)

$(BASE): $(BIN)/python pyproject.toml constraints.txt
	$(PIP) --constraint constraints.txt --editable '.[plots]'
	@touch $@

$(DEV): $(BIN)/python pyproject.toml constraints.txt
	$(PIP) --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(BASE)

demo: $(BASE)  ## the whole tool at work on a made-up market, without keys or network
	@$(BIN)/fundarb demo

test: $(DEV)  ## the whole test suite
	$(BIN)/python -m pytest -n 2 --dist worksteal -q

lint: $(DEV)  ## style, types, floors, generated help
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tests.readme --check

readme: $(DEV)  ## write into README and docs what the program says of itself
	$(BIN)/python -m tests.readme --write

bench: $(DEV)  ## speeds, as ratios measured in one run
	$(BIN)/python -m compileall -q fundarb
	$(BIN)/python -m tests.benchmarks

evidence: $(DEV)  ## every strategy on real history beside the repository, and fetch under every fault, as tables
	$(BIN)/python -m tests.evidence
	$(BIN)/python -m tests.e2e.fetch_faults

soak: $(DEV)  ## the long campaigns (kills, faults, simulations)
	$(BIN)/python -m pytest -q tests/soak
	$(BIN)/python -m pytest -n 2 --dist worksteal -q --hypothesis-profile=campaign $$(grep -rl "import drawn" tests)

clean:  ## remove the virtual environment and caches
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
