# `make run` and `make test` do all the set-up on a machine with Python 3.11+ and make.
# make run ARGS="--headless"    the built-in day without the console
# make run ARGS="lviv-2024-09-17"
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	if command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
PYVER = $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
LOCK = $(wildcard requirements/lock-$(PYVER).txt)
CONSTRAIN = $(if $(LOCK),-c $(LOCK),)
PIP = $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: help setup setup-dev run test tak-server test-tak fuzz lint fix types imports kernels-plain kernels-bounds check golden-update bench docs screenshot clean

help:  ## what can be done here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Flightward needs Python 3.11 or newer: install it, or say make PYTHON=/path/to/python"; exit 1; }
	@echo "Making a virtual environment with $(PYTHON) in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --upgrade pip

$(VENV)/.installed: pyproject.toml hatch_build.py $(wildcard requirements/*.txt) $(shell find frontend -type f -not -path '*/node_modules/*' 2>/dev/null) | $(BIN)/python
	@echo "Installing Flightward and building its console (a minute or two the first time) ..."
	@$(PIP) install $(CONSTRAIN) -e .
	@$(PIP) install --no-deps 'traffic==2.13' || echo "note: the sample flights (package traffic) could not be had; the built-in days need them"
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing the tools for tests ..."
	@$(PIP) install $(CONSTRAIN) -e '.[dev]'
	@touch $@

setup: $(VENV)/.installed  ## make the virtual environment and install
setup-dev: $(VENV)/.installed-dev  ## the same, with the tools for tests

run: setup  ## play a built-in day (ARGS="--headless", ARGS="--list")
	@$(BIN)/flightward demo $(ARGS)

test: setup-dev  ## all tests that are quick (ARGS="-m slow" for the long ones)
	@$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),-m "not slow") -n 2

TAK := .venv-tak
$(TAK)/.installed: requirements/tak-server.txt
	@echo "Installing FreeTAKServer in $(TAK) ..."
	@$(PYTHON) -m venv $(TAK)
	@$(TAK)/bin/python -m pip --disable-pip-version-check -q install -r requirements/tak-server.txt
	@touch $@

tak-server: $(TAK)/.installed  ## a real TAK server, apart, for the tests with it
test-tak: setup-dev tak-server  ## Cursor on Target through it (about two minutes)
	@$(BIN)/python -m pytest tests/feeds/test_tak_server.py -m slow -p no:xdist

fuzz: setup-dev  ## every parser, a million inputs and 20 minutes each (hours; ARGS="avr --minutes 1")
	@$(BIN)/python bench/fuzz.py $(if $(ARGS),$(ARGS),--at-least)

lint: setup-dev  ## style
	@$(BIN)/ruff check src tests tools bench hatch_build.py

fix: setup-dev  ## mend what can be mended by itself
	@$(BIN)/ruff check --fix src tests tools bench hatch_build.py

types: setup-dev  ## mypy strict
	@$(BIN)/mypy

imports: setup-dev  ## who may import whom
	@$(BIN)/lint-imports
	@$(BIN)/python tools/check_code.py

kernels-plain: setup-dev  ## kernel tests without compiling
	@NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest tests/kernels -m "not slow" -n 2

kernels-bounds: setup-dev  ## kernel tests with bounds checks
	@NUMBA_BOUNDSCHECK=1 $(BIN)/python -m pytest tests/kernels -m "not slow" -n 2

check: lint types imports test kernels-plain kernels-bounds  ## all of these, as CI does

golden-update: setup-dev  ## write the expected results anew (a separate act: look at the difference)
	@FLIGHTWARD_GOLDEN_UPDATE=1 $(BIN)/python -m pytest tests/test_golden.py -p no:xdist

bench: setup  ## speed, as in bench/README.md
	@$(BIN)/python bench/run_day.py

screenshot: setup-dev  ## docs/img/console.png from a running demo, with headless Chromium
	@$(BIN)/python tools/screenshot.py

clean:  ## everything that make made
	rm -rf $(VENV) $(TAK) .mypy_cache .ruff_cache .hypothesis
