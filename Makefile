SHELL := /bin/bash
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
# What another version of the server could change: its SQL and plans, constraints and locks. Each kind of statement runs
# there, not each case of it; what comes before and after the database (Excel, words, accounts, talk, browsers) does not.
ON_BOTH_SERVERS := $(addprefix tests/database/, \
  $(foreach part,matching allocating conflicts exchange explaining chain_list occupancy selection request_changes \
    lost_connections,booking/test_$(part).py) \
  $(foreach part,capabilities_twin fleet_at_once merging retiring,fleet/test_$(part).py) \
  maintenance/test_series.py planning reports feeds test_schema.py test_backup.py test_news.py test_measured.py \
  agent/test_query.py workbook/test_import_differences.py) \
  $(foreach part,planner_storms rules_changed_meanwhile,tests/concurrency/test_$(part).py)
# GNU make hands its jobserver to everything it starts; the embedded PostgreSQL would keep it open for good.
unexport MAKEFLAGS
# Every command, server and test process would compile the app anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run test lint bench demo up system
.DEFAULT_GOAL := help

help: ## list what make can do
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@$(INSTALL) pip==26.3 || true # only to save time: the one that comes with Python may take a minute more

# Not compiled: Python keeps what it compiles of the part that is imported.
INSTALL := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check

$(VENV)/.app: requirements.txt | $(BIN)/python
	@echo "Installing what the app needs into $(VENV); the first time this takes a few minutes …"
	$(INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.ready: requirements-dev.txt requirements.txt | $(BIN)/python
	@echo "Installing what the app and its tests need into $(VENV); the first time this takes a few minutes …"
	$(INSTALL) -r requirements-dev.txt
	@touch $(VENV)/.app $@

setup: $(VENV)/.ready ## create .venv with everything the app and its tests need

run: $(VENV)/.app ## start the app on http://localhost:8501 (PORT=8600 and HOST=0.0.0.0 choose where it listens)
	@exec $(BIN)/python -m dyno_core serve --host $(HOST) --port $(PORT)

system:
	@$(PYTHON) -m tests.fixtures.system

test: ## run the whole suite, browser tests included
	@$(MAKE) --no-print-directory --jobs=2 setup system # neither waits for the other's downloads
	@$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m pytest -n 2 --dist loadgroup
	@if $(BIN)/python -m tests.fixtures.oldest_server; then \
	  DYNO_TEST_SERVER=oldest $(BIN)/python -m pytest -n 2 --dist loadgroup --durations=5 $(ON_BOTH_SERVERS); fi

lint: setup ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup ## measure matching, booking, import, answering and the timeline as ratios of one run
	$(BIN)/python -m benchmarks

demo: setup ## fill the database with the demo lab, dates set around today
	$(BIN)/python -m dyno_core demo --reset

up: ## start app, PostgreSQL, Prometheus and Grafana with compose
	docker compose -f deploy/compose.yaml up --build
