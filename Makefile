# Everything a person or CI does here. `make help` lists it.
# Steps that cost time go through scripts/once: it hashes what they read and skips them when nothing changed.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
VAR ?= var
URL ?=
PORT ?= 8080
ARGS ?=
# What the virtual environment depends on; a new path of the work tree makes it anew.
VENV_READS := $(PWD) $(shell $(PYTHON) -c 'import sys; print(sys.executable, sys.version_info[:3])' 2>/dev/null | tr -d ' (),')

# What compiling depends on beside the sources: a compiler and Python's headers may come later.
CC_READS := $(VENV_READS) $(shell command -v cc) \
  $(wildcard $(shell $(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("include"))' 2>/dev/null)/Python.h)

.PHONY: help
help: ## list these targets
	@grep -hE '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z%-]+):.*## /\1\t/' \
	  | awk -F'\t' '{ printf "  make %-14s %s\n", $$1, $$2 }'
	@echo "  benchmarks: $$(grep -l '^def main' loadtests/*.py | sed -E 's#loadtests/(.*)\.py#bench-\1#' | tr '\n' ' ')"

# --- run -------------------------------------------------------------------------------------------------------------

.PHONY: run
run: ## install what is missing, make a sample district under ./var, serve it on PORT (8080)
	@$(MAKE) -j2 python web
	@scripts/district $(VAR) $(URL)
	@exec $(BIN)/pingji serve --var $(VAR) $(if $(URL),--url $(URL)) --port $(PORT) $(ARGS)

.PHONY: python
python:
	@scripts/once python --reads "$(VENV_READS)" requirements.lock requirements-build.lock pyproject.toml \
	  --makes $(BIN)/pingji -- scripts/install $(PYTHON) requirements-build.lock requirements.lock
	@scripts/once compile --reads "$(CC_READS)" setup.py rooms/media/c server/c --makes $(BIN)/pingji -- scripts/compile

.PHONY: python-dev
python-dev: python
	@scripts/once python-dev --reads "$(VENV_READS)" requirements-dev.lock \
	  --makes $(BIN)/pytest -- $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock

.PHONY: node
node:
	@scripts/once node --reads "$$(node --version 2> /dev/null)" clients/web/package.json clients/web/package-lock.json \
	  --makes clients/web/node_modules -- scripts/install-web

.PHONY: web
web: node ## build the web client into server/web
	@scripts/once web clients/web --makes server/web/index.html -- npm --prefix clients/web run --silent build

# --- check and test --------------------------------------------------------------------------------------------------

.PHONY: check
check: python-dev web ## format, lint, types, import contracts, size budgets: fast, no server
	@scripts/steps --quiet check \
	  "ruff" "$(BIN)/ruff check ." \
	  "format" "$(BIN)/ruff format --check ." \
	  "mypy" "$(BIN)/mypy" \
	  "imports" "$(BIN)/lint-imports --no-cache" \
	  "types" "$(BIN)/python scripts/generate_types.py --check" \
	  "vue-tsc" "npm --prefix clients/web run --silent typecheck" \
	  "eslint" "npm --prefix clients/web run --silent lint" \
	  "sizes" "npm --prefix clients/web run --silent sizes"

.PHONY: types
types: python-dev ## write the web client's protocol types from the server's
	@$(BIN)/python scripts/generate_types.py

# Pictures and sound in real browsers: one at a time, since a busy machine is a bad network to them.
MEETINGS := tests/browser/test_rooms.py tests/browser/test_cameras.py tests/media/test_browsers.py

.PHONY: test
test: python-dev web ## every test: Python, web units, browser scenarios
	@scripts/apt chromium firefox-esr coturn curl postgresql redis-server fonts-noto-cjk
	@scripts/steps test \
	  "python" "$(BIN)/pytest -n 3 --dist loadfile --ignore=tests/browser --ignore=tests/media/test_browsers.py $(ARGS)" \
	  "web units" "npm --prefix clients/web run --silent test" \
	  "browsers" "$(BIN)/pytest -n 2 --dist worksteal tests/browser $(addprefix --ignore=,$(MEETINGS))" \
	  "meetings" "$(BIN)/pytest -o faulthandler_timeout=420 $(MEETINGS)"

.PHONY: faults
faults: python-dev web ## the long versions of the fault scenarios
	@scripts/apt chromium postgresql redis-server
	@exec $(BIN)/pytest -m long -o faulthandler_timeout=1800 tests/scenarios tests/browser tests/media $(ARGS)

.PHONY: bench-%
bench-%: python-dev ## run one benchmark: make bench-fanout
	@scripts/bench $* $(ARGS)

.PHONY: screenshots
screenshots: python-dev web ## pictures of every screen, for the documentation
	@scripts/apt chromium fonts-noto-cjk
	@exec $(BIN)/pytest -m screenshots tests/browser $(ARGS)

# --- ship ------------------------------------------------------------------------------------------------------------

.PHONY: wheel
wheel: python-dev web ## build dist/pingji-*.whl and prove that it installs and answers
	@scripts/wheel

.PHONY: lock
lock: ## resolve pyproject.toml into the hashed lock files
	@scripts/lock $(PYTHON)

.PHONY: clean
clean: ## remove what make made; ./var (a district's data) stays
	rm -rf .venv .stamp build dist ./*.egg-info rooms/media/*.so server/web clients/web/node_modules clients/web/dist \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
