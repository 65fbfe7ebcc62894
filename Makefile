# The commands of this project; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary :all:

.DEFAULT_GOAL := help
.PHONY: help install serve demo test test-postgresql check format lock bench drill scan sbom advisories clean reliability

help: ## list these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 17

install: $(VENV)/.app ## install what serving needs into .venv

serve: $(VENV)/.app ## install if needed, then serve on http://127.0.0.1:8000
	@$(BIN)/ceapp serve

demo: $(VENV)/.app ## an invented agency in an instance of its own, on http://127.0.0.1:8001
	@CEAPP_INSTANCE=$${CEAPP_INSTANCE:-instance/demo} CEAPP_PORT=$${CEAPP_PORT:-8001} CEAPP_DEMO=1 $(BIN)/ceapp demo

test: $(VENV)/.dev check ## run every test, lint, types, contracts, scenario check
	@requirements/system tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-postgresql: $(VENV)/.dev ## every test that uses a database, on PostgreSQL
	@requirements/system tests
	@CEAPP_TEST_DATABASE=postgresql $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: $(VENV)/.dev ## format, lint, types, import contracts, rules of security, scenarios: under a minute
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo > $(VENV)/contracts.txt || { cat $(VENV)/contracts.txt; exit 1; }
	@$(BIN)/bandit --quiet --recursive ceapp --configfile pyproject.toml --severity-level medium
	@$(BIN)/python -m checks
	@$(BIN)/ceapp check

format: $(VENV)/.dev ## format and mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

drill: $(VENV)/.app ## the restore drill, for every night: back up, restore elsewhere, check
	@$(BIN)/ceapp drill

reliability: $(VENV)/.dev ## the failure harnesses in their full numbers, many hours; prints a table (one: PYTEST_ARGS="-k r5", fewer: CEAPP_ROUNDS=50)
	@requirements/system tests
	@CEAPP_RELIABILITY=full $(BIN)/python -m pytest tests/reliability tests/nodes tests/operating tests/browser/test_everybody.py $(PYTEST_ARGS)

bench: $(VENV)/.dev ## measure, print a table, write bench/results.json
	@requirements/system bench
	@$(BIN)/python -m bench

scan: $(VENV)/.dev .venv-scan/.scan ## point wapiti and sqlmap at a filled server of this machine, after proving that they see
	@$(BIN)/python -m tests.security.scan

sbom: $(VENV)/.dev ## the bill of materials of the server (CycloneDX), from the locked requirements, to sbom.cdx.json
	@$(BIN)/python -m checks.sbom > sbom.cdx.json

advisories: $(VENV)/.dev .venv-audit/.audit ## ask for published faults in what is installed, after proving that one is reported; needs the network
	@$(BIN)/python -m checks.advisories .venv-audit/bin/pip-audit

lock: $(VENV)/.dev ## pin the newest allowed versions, with hashes and without addresses
	@requirements/lock $(BIN)

clean: ## remove what these commands installed and made, never instance/
	@rm -rf $(VENV) .venv-scan .venv-audit .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

$(VENV)/bin/python:
	@requirements/system python $(PYTHON)
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.app: requirements/app.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing ceapp into $(VENV) ..."
	@$(PIP) -r requirements/app.txt
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.app
	@echo "Installing what the tests need into $(VENV) ..."
	@$(PIP) -r requirements/dev.txt
	@touch $@

# Three dependencies of wapiti exist as sources only; their hashes are pinned like those of all others.
.venv-scan/.scan: requirements/scan.txt | $(VENV)/bin/python
	@echo "Installing wapiti and sqlmap into .venv-scan ..."
	@$(PYTHON) -m venv .venv-scan
	@.venv-scan/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary :all: --no-binary pyperclip,urwid-mitmproxy,yaswfp -r requirements/scan.txt
	@touch $@

.venv-audit/.audit: requirements/advisories.txt | $(VENV)/bin/python
	@echo "Installing pip-audit into .venv-audit ..."
	@$(PYTHON) -m venv .venv-audit
	@.venv-audit/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary :all: -r requirements/advisories.txt
	@touch $@
