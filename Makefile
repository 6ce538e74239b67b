# make demo   install, run a whole month on the bundled county, print where the papers are
# make test   install, run lint, types and every test
PYTHON ?= python3.11
PYTHON := $(shell command -v $(PYTHON) || command -v python3)
BIN := .venv/bin

.PHONY: install demo test lint serve bench wheel-check

install: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: install
	$(BIN)/riskengine demo

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/pytest -n 2

serve: install
	$(BIN)/riskengine serve

bench: install
	for name in grade draw exact rotation ratio coverage plan people month repair why fit challenger backtest exploration metrics explain; do $(BIN)/python -m tests.bench.$$name || exit 1; done

# The wheel is built from the sdist, installed into an empty environment and run from /.
wheel-check: install
	rm -rf dist out/wheel-check
	$(BIN)/python -m build --no-isolation --outdir dist .
	$(PYTHON) -m venv out/wheel-check
	out/wheel-check/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	out/wheel-check/bin/python -m pip install --quiet --disable-pip-version-check --no-deps dist/*.whl
	cd / && $(CURDIR)/out/wheel-check/bin/riskengine --version
	cd / && $(CURDIR)/out/wheel-check/bin/riskengine demo --out $(CURDIR)/out/wheel-demo
