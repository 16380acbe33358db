# Antiphon. `make run` answers a real tune, `make test` proves the house, `make proof` proves it at length.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ANSWER := build/answer
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Holds for what builds the package as well as for what is installed.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt

.DEFAULT_GOAL := help
.PHONY: help run test lint editors proof bench keys constraints protocol clean

help:
	@echo "make run    install, then continue a real tune by four measures (answers in $(ANSWER)/)"
	@echo "make test   install what the tests need, then run all of them"
	@echo "make proof  the long proofs: whole corpora, long fuzz runs, benchmarks (an hour or more)"
	@echo "make bench  the speed tables"

# --- installation ---------------------------------------------------------------------------

$(VENV)/.run: pyproject.toml constraints.txt .ci/make-venv
	sh .ci/make-venv $(PYTHON) $(VENV)
	$(BIN)/pip install -q -e .
	@# Its metadata asks for pyaudio, which only its own way of playing needs and which has to be
	@# compiled. Without it the panel says in a sentence that nothing can be heard.
	-$(BIN)/pip install -q --no-deps tinysoundfont==0.3.7
	@touch $@

$(VENV)/.test: $(VENV)/.run
	$(BIN)/pip install -q -e ".[dev]"
	@# Its metadata asks for TensorFlow, which the network inside does not need.
	$(BIN)/pip install -q --no-deps basic-pitch==0.4.0
	@touch $@

editors:
	@sh .ci/install-editors
	@# The code base of MuseScore 4, which opens what we write; its tests are skipped by name without.
	@if command -v npm >/dev/null && [ ! -d build/node/node_modules/webmscore ]; then \
	    npm install --silent --no-audit --no-fund --prefix build/node webmscore@1.2.1 || true; fi

# Type checkers do not see the editable install's redirects, so they get a folder of links.
build/ns/antiphon: Makefile
	@mkdir -p $@
	@for folder in bridge models plugins ui; do ln -sfn ../../../$$folder $@/$$folder; done
	@touch $@

# --- the two commands -----------------------------------------------------------------------

run: $(VENV)/.run
	@mkdir -p $(ANSWER)
	$(BIN)/antiphon continue examples/scarborough_fair.musicxml --measures 4 --seed 7 \
	    -o $(ANSWER)/scarborough_fair.musicxml -o $(ANSWER)/scarborough_fair.mid \
	    -o $(ANSWER)/scarborough_fair.svg

test: lint editors
	$(BIN)/pytest -m "not slow"

lint: $(VENV)/.test build/ns/antiphon
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy build/ns/antiphon/bridge build/ns/antiphon/models

# --- longer proofs --------------------------------------------------------------------------

proof: test
	$(BIN)/pytest -m slow --timeout 7200
	$(BIN)/python tests/benchmarks/corpus_roundtrip.py
	$(MAKE) bench

bench: $(VENV)/.test
	$(BIN)/python tests/benchmarks/speed.py
	$(BIN)/python tests/benchmarks/roll.py
	$(BIN)/python tests/benchmarks/roads.py

# Needs a folder of data sets: make keys DATA=folder
keys: $(VENV)/.test
	$(BIN)/python tests/benchmarks/key_finding.py $(DATA)

protocol: $(VENV)/.run
	$(BIN)/python -m antiphon.bridge.protocol.describe > docs/protocol.md
	$(BIN)/python -m antiphon.bridge.protocol.describe_scripts > plugins/CONTRACT.md

constraints: $(VENV)/.test
	@sed -i '/^#/!d' constraints.txt
	@$(BIN)/pip freeze --all --exclude-editable | grep -v '^pip=' | sed 's/+cpu$$//' >> constraints.txt

clean:
	rm -rf build $(VENV) *.egg-info
