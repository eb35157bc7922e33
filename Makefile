# Two commands: `make demo` and `make test`. Both set up everything that they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
STAMP := $(VENV)/.installed
OUT ?= build/demo
export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint docs bench clean

help: ## Say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 10

$(STAMP): pyproject.toml uv.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv sync --quiet --frozen --inexact --all-extras --no-extra spark --python $(BIN)/python
	@touch $@

setup: $(STAMP) ## Install everything into .venv

demo: $(STAMP) ## Run the built-in exercise and write build/demo
	$(BIN)/safepassage demo --out $(OUT)

test: $(STAMP) ## Run the tests
	$(BIN)/python -m pytest -n auto $(PYTEST_ARGS)

lint: $(STAMP) ## Style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(STAMP) ## Regenerate the reference pages from the code
	$(BIN)/python docs/generate.py

bench: $(STAMP) ## Run the benchmarks (long; not part of the tests)
	$(BIN)/uv sync --quiet --frozen --inexact --all-extras --no-extra spark --group bench --group bench-corridor --python $(BIN)/python
	$(BIN)/python -m benchmarks

clean: ## Remove what was built
	rm -rf build dist .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
