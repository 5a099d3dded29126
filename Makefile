# Everything a developer does, by name. `make` alone on a new machine creates .venv and installs; `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
# Tests start Python some hundred times; each would compile all of Demur anew.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := dev

VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements/dev.lock
# The oldest supported Python first: what passes there passes later. Choose another with `make PYTHON=...`.
PYTHON ?= $(shell tools/find_python.sh)
# Compiled when it is first imported: of what is installed, most modules never are.
INSTALL = $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile
# One test process more than there are cores, because tests wait for processes that they start; four at most: each holds
# Polars and, for training, torch.
WORKERS ?= $(shell expr $$(nproc) + 1)
# Tests sync thousands of small files: milliseconds each on a disk, nothing in memory. What a sync is worth is checked on
# recordings of system calls, not on a disk. Where a machine has little memory, the disk will do.
MEMORY := $(shell awk '/^MemAvailable:/ {exit $$2 < 10000000}' /proc/meminfo && test -w /dev/shm \
	&& df --output=avail /dev/shm | awk 'NR == 2 && $$1 > 5000000 {print "/dev/shm"}')
# Files in their order: by default those with few tests, which are the slow ones, would come last and run alone.
PYTEST := $(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/pytest -n $(WORKERS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# Named after what it installed: another lock or another pyproject.toml is another file, so `make dev` works again.
INSTALLED := $(VENV)/.installed-$(shell cat $(LOCK) pyproject.toml | sha256sum | cut -c 1-16)
# The verifiers that are not ours, named in the same way after what they are made of.
VERIFIERS := .cache/verifiers/.installed-$(shell cat tools/install_verifiers.sh requirements/sigstore.lock \
	tests/verifiers/go/* tests/verifiers/node/* tests/browser/* | sha256sum | cut -c 1-16)
MUTATIONS ?= 100000
SEED ?= 2025
# A browser, servers that tests start, programs of others that read what we write (time stamps, QR codes, printed
# pages), one that sets the clock and one that records system calls.
TEST_PACKAGES := chromium faketime openssl poppler-utils postfix postgresql strace systemd zbar-tools
BENCHES := $(sort $(patsubst benchmarks/bench_%.py,bench-%,$(wildcard benchmarks/bench_*.py)))

# How much of the nightly drills.
BATCHES ?= 2000
KILLS ?= 1000
POSTGRES_KILLS ?= 200
SECONDS ?= 600
ACKNOWLEDGEMENTS ?= $(shell expr $(KILLS) \* 1000)

.PHONY: help dev fmt check layers packages ready compiled test test-all verifiers adapters drill-proofs story demo bench effort screenshots look tables docs signals release-check lock clean $(BENCHES)
.PHONY: drill-power drill-kill drill-failpoints drill-two drill-fuzz intake-packages firefox

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@$(foreach bench,$(BENCHES),printf '  %-16s %s\n' $(bench) 'one measurement, its figures as JSON in the last line';)

dev: $(INSTALLED) ## create .venv and install Demur with everything to develop and test (the default)

# torch goes first and by itself, so that pip takes the build that this machine prefers and nothing later replaces it.
$(INSTALLED): | $(BIN)/python
	@echo "installing into $(VENV) (minutes the first time, seconds later)"
	@$(INSTALL) --constraint $(LOCK) "$$(grep '^torch==' $(LOCK))"
	@$(INSTALL) --no-deps --requirement $(LOCK)
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.installed-*
	@touch $@

$(BIN)/python:
	@test -n "$(PYTHON)"
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || tools/need.sh python3-venv
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

fmt: dev ## format the code and repair what ruff can repair
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

check: dev ## format, lint, types and layers, in seconds
	@$(BIN)/ruff format --check --quiet || { echo "some files are not formatted: make fmt"; exit 1; }
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

layers: dev ## the layers of the packages, as contracts
	@$(BIN)/lint-imports --no-logo

test: ready ## all tests but the slow ones
	@$(PYTEST) -m "not slow"

test-all: ready firefox ## all tests, with more examples for each law
	@HYPOTHESIS_PROFILE=thorough $(PYTEST)

ready: ## install what the tests need, side by side
	@$(MAKE) --jobs 4 dev packages verifiers compiled

# Each test process would compile the loops of the text filter for itself, for a minute and more.
compiled: dev
	@$(BIN)/python tools/compile_loops.py

packages:
	@tools/need.sh $(TEST_PACKAGES)

# A browser of another engine, for the ways through the portal that only the slow tests and the benchmark go.
firefox:
	@tools/need.sh firefox-esr

verifiers: dev $(VERIFIERS) ## install the verifiers that are not ours (Go, Node, Python), under .cache

$(VERIFIERS): | $(BIN)/python
	@echo "installing Go's, Node's and Sigstore's verifiers into .cache/verifiers"
	@rm -f .cache/verifiers/.installed-*
	@tools/install_verifiers.sh $(BIN)/python
	@touch $@

# Some 200 MB that no other test needs, so it is no part of `make test`.
adapters: dev ## check the adapters to Presidio, spaCy, DataTrove and ONNX on the real packages, installed under .cache/adapters
	@$(INSTALL) --upgrade --no-deps --target .cache/adapters --requirement requirements/adapters.lock
	@PYTHONPATH=.cache/adapters $(BIN)/pytest tests/adapters/check_*.py

drill-proofs: verifiers ## altered proofs, MUTATIONS=100000 of each form, against every verifier; figures as JSON in the last line
	@$(BIN)/python tests/verifiers/drill.py --mutations $(MUTATIONS) --seed $(SEED)

drill-power: dev packages ## cut the power at every moment of BATCHES=2000 batches; an hour or more
	@$(BIN)/python -m demur.testing.drills.power --batches $(BATCHES)

drill-kill: dev packages ## kill processes KILLS=1000 times, PostgreSQL too POSTGRES_KILLS=200 times; half an hour
	@$(BIN)/python -m demur.testing.drills.kills --kills $(KILLS) --postgres-kills $(POSTGRES_KILLS) \
		--acknowledgements $(ACKNOWLEDGEMENTS)

drill-failpoints: dev packages ## kill at each line of commit, publication, snapshot and update, on both databases
	@$(BIN)/python -m demur.testing.drills.failpoints

drill-two: dev packages ## two sequencers on one register for SECONDS=600, on each database
	@$(BIN)/python -m demur.testing.drills.together --seconds $(SECONDS)

drill-fuzz: dev ## give every parser of strangers' bytes damaged ones by Atheris, SECONDS=600 each
	@$(INSTALL) --upgrade --target .cache/fuzz 'atheris>=3'
	@PYTHONPATH=.cache/fuzz $(BIN)/python -m demur.testing.drills.fuzzing --seconds $(SECONDS)

story: dev packages ## the two tests that go from notice to proof, by commands and in a browser
	@$(BIN)/pytest -m story

demo: dev ## the whole flow on a sample platform, with a report in demo/
	@rm -rf demo
	@$(BIN)/demur demo --out demo

bench: $(BENCHES) ## every measurement in benchmarks/
	@test -n "$(BENCHES)" || echo "no measurement yet: add benchmarks/bench_NAME.py"

# What puts the load on the door, and the database whose own benchmark stands beside it.
bench-intake: | intake-packages

# Two browsers, and axe to look at what one of them shows.
bench-portal: | packages firefox verifiers
bench-effort effort: | packages

intake-packages:
	@tools/need.sh postgresql wrk

$(BENCHES): bench-%: benchmarks/bench_%.py dev
	@$(BIN)/python $<

effort: dev ## walk the forms in a browser, and ship what they cost a person with them (MET-7)
	@$(BIN)/python benchmarks/bench_effort.py --out src/demur/web/effort.json

screenshots: dev packages ## every page, those of the console too, on a phone and on a desktop, light and dark, in screenshots/
	@$(BIN)/python tests/servers/screenshots.py --out screenshots

tables: dev ## compile the patterns of the text filter into the tables that are part of the package
	@$(BIN)/python -m demur.filters.tables
	@$(BIN)/python -m demur.filters.special_tables

look: ## compile the one stylesheet of the pages from tools/look, with npm's sass
	@tools/compile_look.sh

docs: dev ## run every code block of the docs; check links and reference lists
	@$(BIN)/pytest -v --tb short -r a tests/docs

signals: dev ## sizes of our code beside the usual ranges
	@$(BIN)/python tools/signals.py

release-check: dev ## build the wheel and use it in an empty environment without extras
	@$(BIN)/python tools/release_check.py

lock: dev ## write the lock files from what is installed in .venv
	@$(BIN)/python tools/lock.py

clean: ## remove .venv and what tools left behind
	@rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
