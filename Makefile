# Every target does the set-up that it needs: a virtual environment in .venv with the tested versions.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
STUDY ?= multirun/demo
NAME ?= demo
# One thread per test process: more are slower where processes share the cores.
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
# Each process takes a half of the tests in one piece, so that what a file's tests share is made once, and then helps out.
SIDE_BY_SIDE := -n 2 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup demo study status analyze report test test-all test-slurm docs lint typecheck bench clean

help:  ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## Make .venv and install the package with its development tools

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fer_xai needs Python 3.11 or later: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	@# Modules are compiled when they are first imported: most of what is installed never is.
	$(BIN)/python -m pip install --no-compile --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

demo: $(READY)  ## The main job on drawn faces: two networks, with and without pretraining, and which explanation is true
	$(BIN)/fer-xai train -m study=demo_weights
	$(BIN)/fer-xai train -m study=demo
	@echo "open $(STUDY)/report/index.html"

study: $(READY)  ## Any study: make study NAME=twelve (ARGS="key=value ...")
	$(BIN)/fer-xai train -m study=$(NAME) $(ARGS)

status: $(READY)  ## How a study stands: make status STUDY=multirun/demo
	$(BIN)/fer-xai status $(STUDY)

analyze: $(READY)  ## Tables of a study: make analyze STUDY=multirun/demo
	$(BIN)/fer-xai analyze study_dir=$(STUDY) report=false $(ARGS)

report: $(READY)  ## Tables, figures and the page of a study: make report STUDY=multirun/demo
	$(BIN)/fer-xai analyze study_dir=$(STUDY) $(ARGS)

test: $(READY)  ## The fast tests
	$(ONE_THREAD) $(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not slow"

test-all: $(READY)  ## All tests, also the slow ones
	$(ONE_THREAD) $(BIN)/python -m pytest $(SIDE_BY_SIDE)

test-slurm: $(READY)  ## A study on a SLURM of one node that this starts here (needs root; installs Debian's slurm-wlm)
	sh tests/slurm/run.sh $(BIN)/python

docs: $(READY)  ## The documentation as a site: site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

lint: $(READY)  ## Style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

typecheck: $(READY)  ## Static types
	$(BIN)/mypy

bench: $(READY)  ## Speed, as ratios within one run; writes benchmarks/results
	$(ONE_THREAD) $(BIN)/python -m benchmarks

clean:  ## Remove the virtual environment and what tools leave behind
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
