# One command each; each prepares what it needs. What is already built is not built again.
#   make demo    build, load the demo district, check it up, serve on 127.0.0.1:8000 (PORT changes it) until Ctrl-C
#   make setup   only build
#   make test    all tests, browser tests included     (pytest alone: the usual run)
#   make check   format, lint, types, contracts, missing migrations
#   make bench   measure against other tools           (ONLY=engine picks a part)
#   make faults  kill servers and workers until something is lost; nothing may be
#   make lock    write the lock files anew             (UPGRADE=1 takes newer versions)
#   make messages  gather the pages' texts for translation (needs GNU gettext)

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
DONE := var/done
UV := $(BIN)/uv
export PATH := $(CURDIR)/$(BIN):$(PATH)

LOCKED := --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

FRONTEND := $(wildcard frontend/package-lock.json frontend/*.mjs frontend/src/* frontend/src/*/*)
CATALOGS := $(wildcard src/linli/locale/*/LC_MESSAGES/*.po)
LOOPS := $(wildcard src/linli/compute/*.py)
BENCHMARKS := $(wildcard benchmarks/requirements.txt)

.PHONY: help setup demo test check bench faults lock messages browser

help:
	@sed -n '2,9s/^# *//p' Makefile

setup: $(DONE)/python $(DONE)/bundle $(DONE)/messages $(DONE)/loops

demo: setup
	@exec linli demo --port $(PORT)

test: setup browser
	@echo "==> tests"
	@pytest -n auto --maxprocesses 4 --dist worksteal -m "not browser and not fault"
	@echo "==> tests in the browser"
	@pytest -m browser

check: $(DONE)/python
	@echo "==> format and lint"; ruff format --check . && ruff check .
	@echo "==> types"; mypy
	@echo "==> contracts between rooms"; lint-imports
	@echo "==> missing migrations"; python -W ignore::RuntimeWarning -m django makemigrations --check --dry-run --settings linli.settings
	@echo "==> declarations"; python -m django check --settings linli.settings
	@echo "==> lock files name no hosts"; ! grep -nE 'https?://' requirements/*.txt benchmarks/*.txt
	@if [ -e frontend/package-lock.json ]; then ! grep -n '"resolved"' frontend/package-lock.json; fi

bench: setup $(if $(BENCHMARKS),$(DONE)/bench)
	@python -m benchmarks $(if $(ONLY),--only $(ONLY))

faults: setup
	@pytest -m fault -s

lock: $(DONE)/uv
	@echo "==> lock files"
	@cd requirements && ../$(UV) pip compile $(LOCKED) uv.in -o uv.txt
	@$(UV) pip compile $(LOCKED) pyproject.toml -o requirements/base.txt
	@$(UV) pip compile $(LOCKED) pyproject.toml --extra dev --extra many -c requirements/base.txt -o requirements/dev.txt
	@if [ -e benchmarks/requirements.in ]; then $(UV) pip compile $(LOCKED) benchmarks/requirements.in -c requirements/dev.txt -o benchmarks/requirements.txt; fi

messages: $(DONE)/python
	@command -v xgettext >/dev/null || { echo "Install GNU gettext first: sudo apt-get install gettext" >&2; exit 1; }
	@cd src/linli && python -m django makemessages --locale en --no-wrap --settings linli.settings

# --- What the commands need ---------------------------------------------------------------------

$(BIN)/python:
	@echo "==> virtual environment"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Install venv first: sudo apt-get install python3-venv" >&2; exit 1; }

$(DONE)/uv: requirements/uv.txt | $(BIN)/python
	@echo "==> installer"
	@python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@mkdir -p $(DONE) && touch $@

$(DONE)/python: requirements/dev.txt pyproject.toml $(DONE)/uv
	@echo "==> Python packages"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(DONE)/bench: $(BENCHMARKS) $(DONE)/python
	@echo "==> packages of the peers, for measuring only"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r $(BENCHMARKS)
	@touch $@

$(DONE)/bundle: $(FRONTEND)
	@mkdir -p $(DONE)
	@if [ -e frontend/package-lock.json ]; then \
		command -v npm >/dev/null || { echo "Install Node 20 or newer with npm first" >&2; exit 1; }; \
		echo "==> front end"; cd frontend && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm run --silent build; \
	fi
	@touch $@

$(DONE)/messages: $(CATALOGS) $(DONE)/python
	@if [ -n "$(CATALOGS)" ]; then echo "==> message catalogs"; pybabel --quiet compile --domain django --directory src/linli/locale; fi
	@touch $@

$(DONE)/loops: $(LOOPS) $(DONE)/python
	@echo "==> compiling the numeric loops"
	@python -c 'from linli.compute.compiled import warm_up; print("   ", len(warm_up()), "loops")'
	@touch $@

# Browser tests need Chromium and a Chinese font. As root on Debian they are installed; else we say how.
browser:
	@if command -v chromium >/dev/null && fc-list 2>/dev/null | grep -iE 'Noto *Sans *CJK' >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "==> Chromium and a Chinese font"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -y -qq -o DPkg::Lock::Timeout=300 --no-install-recommends \
			chromium fonts-noto-cjk fontconfig >/dev/null; \
	else \
		echo "Browser tests are skipped without Chromium and a Chinese font: sudo apt-get install chromium fonts-noto-cjk fontconfig" >&2; \
	fi
