# Two commands matter: `make demo` and `make test`. Both set everything up by themselves.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
ARGS ?=
WORKERS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )))  # many tests wait for a server

.PHONY: install demo test check docs lock clean

install: $(VENV)/.run          ## only what the program needs, for a house: see docs/setting-up-the-pi.md
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m compileall -q scada.py states hw proto layouts  # the service may not write here

demo: $(VENV)/.demo            ## a simulated house with broker, ATN and page: make demo ARGS="--port 0 --minutes 2"
	@exec $(BIN)/python scada.py demo $(ARGS)

test: $(VENV)/.gwadmin         ## everything: format, lint, types, rooms, docs, tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(VENV)/.test           ## the quick subset
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow and not server" $(ARGS)

docs: $(VENV)/.test            ## write the generated pages anew
	@$(BIN)/python -m tests.pages

lock: $(VENV)/.test            ## pin the requirements anew, with hashes
	@$(BIN)/python -m pip install --quiet uv
	@for f in requirements tests/requirements tests/atn/requirements tests/gwadmin/requirements; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --default-index https://pypi.org/simple $$f.in -o $$f.txt; done

clean:
	rm -rf $(VENV) var

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV) || { echo "installing python3-venv"; \
	  $$( [ "$$(id -u)" = 0 ] || echo sudo ) apt-get install -y python3-venv; $(PYTHON) -m venv $(VENV); }

$(VENV)/.run: requirements.txt | $(BIN)/python
	@echo "installing what the program needs"; $(PIP) -r requirements.txt && touch $@

$(VENV)/.demo: tests/atn/requirements.txt $(VENV)/.run
	@echo "installing what the demo needs"; $(PIP) -r tests/atn/requirements.txt && touch $@

$(VENV)/.test: tests/requirements.txt $(VENV)/.demo
	@echo "installing what the tests need"; $(PIP) -r tests/requirements.txt && touch $@

$(VENV)/.gwadmin: tests/gwadmin/requirements.txt $(VENV)/.test
	@echo "installing gwadmin and gwcert, in an environment of their own"; $(PYTHON) -m venv $(VENV)/gwadmin
	@$(VENV)/gwadmin/bin/python -m pip install --quiet --disable-pip-version-check --no-compile \
	  --require-hashes -r tests/gwadmin/requirements.txt && touch $@
