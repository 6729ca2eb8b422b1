# Needs only Python 3.11 or later (with venv), make and a package registry. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
WORKSPACE ?= workspace
DATA ?= ../shared/data
WORKERS ?= 2
EXAMPLES ?= 20
BROWSER ?= yes
PROMETHEUS ?= yes

VENV := .venv
BIN := $(VENV)/bin
SERVERS := .venv-servers
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq --no-input
export PIP_ROOT_USER_ACTION := ignore
# Where bytecode may not be kept, every process that a test starts compiles everything again.
unexport PYTHONDONTWRITEBYTECODE
LOCK := requirements-dev.lock

.PHONY: help setup demo run test fuzz test-real test-servers lint types bench format docs lock clean chromium prometheus

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "breakeven needs Python 3.11 or later; $(PYTHON) is older. Try: make PYTHON=python3.11 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "Python's venv module is missing (on Debian: apt install python3-venv)." >&2; exit 1; }

# What is needed to run: the versions of the lock, nothing for development.
$(VENV)/.runtime: $(LOCK) pyproject.toml | $(BIN)/python
	@echo "Installing breakeven into $(VENV) …"
	@$(PIP) install --constraint $(LOCK) hatchling editables
	@$(PIP) install --constraint $(LOCK) --no-build-isolation --editable .
	@touch $@

$(VENV)/.development: $(VENV)/.runtime
	@echo "Installing the tools for development into $(VENV) …"
	@$(PIP) install --requirement $(LOCK)
	@touch $@

setup: $(VENV)/.development ## Make .venv with everything for development
	@echo "Ready: $(BIN)/breakeven --help"

demo: $(VENV)/.runtime ## Serve a demo company at http://127.0.0.1:8321
	@exec $(BIN)/breakeven demo

run: $(VENV)/.runtime ## Serve the workspace in ./workspace (or WORKSPACE=…)
	@test -d "$(WORKSPACE)" || { echo "There is no workspace in $(WORKSPACE): make one with '$(BIN)/breakeven init $(WORKSPACE)'." >&2; exit 1; }
	@exec $(BIN)/breakeven serve -w "$(WORKSPACE)"

chromium:
	@if [ "$(BROWSER)" = yes ] && ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium for the page tests …"; \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >/dev/null; \
	  else \
	    echo "The page tests need Chromium: install it (on Debian: apt install chromium), or leave them out with 'make test BROWSER=no'." >&2; exit 1; \
	  fi; \
	fi

# The Debian package would start a server of its own: a policy forbids it while it is unpacked, and is taken away again.
prometheus:
	@if [ "$(PROMETHEUS)" = yes ] && ! { command -v prometheus && command -v promtool; } >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Prometheus for the tests of what it reads …"; \
	    policy=/usr/sbin/policy-rc.d; \
	    if [ ! -e $$policy ]; then printf '#!/bin/sh\nexit 101\n' >$$policy; chmod +x $$policy; trap "rm -f $$policy" EXIT; fi; \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends prometheus; } >/dev/null; \
	  else \
	    echo "Some tests need Prometheus: install it (on Debian: apt install prometheus), or leave them out with 'make test PROMETHEUS=no'." >&2; exit 1; \
	  fi; \
	fi

LEFT_OUT := $(if $(filter no,$(BROWSER)),not browser)$(if $(filter no,$(BROWSER)),$(if $(filter no,$(PROMETHEUS)), and ))$(if $(filter no,$(PROMETHEUS)),not prometheus)

test: $(VENV)/.development chromium prometheus lint types ## Lint, types and all tests
	@$(BIN)/pytest -q -n $(WORKERS) --dist loadfile $(if $(LEFT_OUT),-m "$(LEFT_OUT)")

fuzz: $(VENV)/.development ## Properties and hostile input, EXAMPLES=20 times as long
	@BREAKEVEN_EXAMPLES=$(EXAMPLES) $(BIN)/pytest -q -n $(WORKERS) --dist loadfile -m hypothesis
	@FUZZ_EXAMPLES=$$(( $(EXAMPLES) * 250 )) $(BIN)/pytest -q -n $(WORKERS) --dist load tests/ingest/test_fuzz.py
	@FUZZ_EXAMPLES=$$(( $(EXAMPLES) * 5 )) $(BIN)/pytest -q tests/web/test_hostile.py

test-real: $(VENV)/.development ## Check against public data sets in DATA=…
	@test -d "$(DATA)" || { echo "There is no folder $(DATA): name the data sets with DATA=…" >&2; exit 1; }
	@BREAKEVEN_REAL_DATA="$(abspath $(DATA))" $(BIN)/pytest -q -n $(WORKERS) --dist loadfile tests_real --ignore=tests_real/test_servers.py

# MLflow and an S3 server take nearly a gigabyte: an environment of their own, made when it is asked for.
$(SERVERS)/.ready: | $(BIN)/python
	@echo "Installing servers for tests into $(SERVERS) …"
	@$(BIN)/python -m venv $(SERVERS)
	@$(SERVERS)/bin/python -m pip --disable-pip-version-check -qq --no-input install 'mlflow==3.17.2' 'moto[s3]==5.2.5' flask flask-cors
	@touch $@

test-servers: $(VENV)/.development $(SERVERS)/.ready ## Check pulls against a real MLflow server and an S3 server
	@test -d "$(DATA)" || { echo "There is no folder $(DATA): name the data sets with DATA=…" >&2; exit 1; }
	@BREAKEVEN_REAL_DATA="$(abspath $(DATA))" BREAKEVEN_TEST_SERVERS="$(abspath $(SERVERS))/bin" $(BIN)/pytest -q tests_real/test_servers.py

lint: $(VENV)/.development ## Style and formatting
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "Run 'make format'." >&2; exit 1; }

types: $(VENV)/.development ## Strict type check
	@$(BIN)/mypy --no-error-summary

bench: $(VENV)/.development ## Benchmarks, JSON out
	@$(BIN)/python -m bench

format: $(VENV)/.development ## Format and sort imports
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix --select I,F401 .

docs: $(VENV)/.development ## Write the tables in docs/ that are taken from the code
	@$(BIN)/python docs/tables.py

lock: $(VENV)/.development ## Write the lock file from what is installed
	@{ sed -n '/^#/p' $(LOCK); $(PIP) freeze --all --exclude-editable --exclude pip --exclude setuptools | sed -n '/==/p' | LC_ALL=C sort -f; } > $(LOCK).new
	@mv $(LOCK).new $(LOCK)

clean: ## Remove .venv and everything that was built
	@rm -rf $(VENV) $(SERVERS) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis bench/out tests/out
	@find src tests tests_real bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
