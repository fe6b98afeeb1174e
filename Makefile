# One command each: run, serve, test, check, bench, dist. People and CI call the same.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
OUT    ?= build
PORT   ?= 8000
UV     := $(BIN)/uv pip
LOCK   := $(UV) compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate

.PHONY: run serve test check bench dist data lock lock-check clean help
.DELETE_ON_ERROR:

run: $(VENV)/.run  ## set up and build the embedded release into build/
	@$(BIN)/citywatch build --out $(OUT)

serve: $(VENV)/.run  ## build if needed, then show the site on 127.0.0.1:8000
	@test -f $(OUT)/site/index.html || $(BIN)/citywatch build --out $(OUT)
	@$(BIN)/citywatch serve --dir $(OUT) --port $(PORT)

test: $(VENV)/.dev  ## all tests, browser tests included
	@$(BIN)/pytest -n 2 --dist worksteal

check: $(VENV)/.dev lock-check  ## ruff, mypy --strict, import-linter, data and docs checks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/citywatch check
	@$(BIN)/pytest -q tests/docs -p no:cacheprovider

bench: $(VENV)/.dev  ## timings as ratios in one run; BENCH=part for one part
	@$(BIN)/python -m bench $(BENCH)

dist: $(VENV)/.dev  ## wheel and sdist into dist/
	@rm -rf dist && $(BIN)/python -m hatchling build

data: $(VENV)/.run  ## rewrite what is generated from the schema: datapackage.json, vendors.csv, the data dictionary
	@$(BIN)/citywatch data refresh

lock: $(VENV)/.setup  ## renew the three lock files
	@printf 'hatchling\neditables\nuv\n' | $(LOCK) --upgrade - -o setup.lock
	@$(LOCK) --upgrade --extra publish --extra sheets pyproject.toml -o requirements.lock
	@$(LOCK) --upgrade --extra publish --extra sheets --extra screen --extra collect --extra cluster --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

lock-check: $(VENV)/.setup  # the locks still satisfy pyproject.toml
	@$(BIN)/python tools/lock_check.py

$(VENV)/.setup: setup.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Citywatch needs Python 3.11 or newer; this is %s. Try: make PYTHON=python3.12 run" % sys.version.split()[0])'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv. On Fedora it comes with python3."; exit 1; }
	@echo "Setting up $(VENV) (once; about a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r setup.lock
	@touch $@

$(VENV)/.run: $(VENV)/.setup requirements.lock pyproject.toml
	@$(UV) install --quiet --require-hashes -r requirements.lock
	@$(UV) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@$(UV) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

clean:  ## remove what make made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache

help:  ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*##/ -/'
