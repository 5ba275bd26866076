# `make run` and `make test` are all that a newcomer needs. Both set up what is missing, once.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
# Python's packages, the browser client and Debian's packages do not wait for each other.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += --jobs=3
endif

BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --prefer-binary
NPM := npm --prefix web --silent
PAGE := chatd/static/index.html
WEB_SOURCES := $(shell find web -name node_modules -prune -o -path web/tests -prune -o -type f -print)

# The first interpreter that is new enough and can make a virtual environment.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

# What the tests drive from outside, and the Debian package that brings it: COMMAND:PACKAGE.
TOOLS := chromium:chromium nc.openbsd:netcat-openbsd nc.traditional:netcat-traditional ncat:ncat \
	telnet:telnet socat:socat openssl:openssl curl:curl
FONTS := dejavu/DejaVuSans.ttf:fonts-dejavu-core noto/NotoColorEmoji.ttf:fonts-noto-color-emoji

# What is measured must not run under pytest-twisted: its greenlets have hung in coverage's books of them. So it is
# what tests/conftest.py marks as `plain`, the properties aside, which take long and cover nothing else.
PROPERTIES := $(wildcard tests/unit/test_*properties.py)
UNIT := $(filter-out $(PROPERTIES),$(wildcard tests/unit/test_*.py))

.PHONY: help run test check audit bench bench-quick bench-web chaos fuzz clean tools page-tests measured-tests \
	property-tests house-tests daemon-tests

help:
	@echo "make run     set everything up and start the server (ARGS=… for options of twistd chatd)"
	@echo "make test    set everything up and run all tests"
	@echo "make check   formatting, lint and types"
	@echo "make bench   measure speed and memory, beside other servers"
	@echo "make bench-quick  the same in two minutes: fails when chatd has become slower beside the others"
	@echo "make bench-web  measure the page in Chromium, for a quarter of an hour (ARGS=… for options of bench.web)"
	@echo "make chaos   kill the server, cut connections and attack it, for half an hour, and count what was lost"
	@echo "make fuzz    give every reader of strangers' bytes a minute of inputs that reach new code (SECONDS_EACH=…)"
	@echo "make audit   look for known weaknesses of what we depend on, and let sslyze grade our TLS"
	@echo "make clean   remove everything that was made here, except chatd-data"

run: $(PAGE) .venv/installed
	exec $(BIN)/twistd -n chatd $(ARGS)

# Several processes, because a test waits more than it works; what each says comes when it has ended.
test: tools $(PAGE) .venv/test-packages
	@echo "Running the tests: several processes, some minutes"
	@$(MAKE) --no-print-directory --output-sync=target daemon-tests house-tests measured-tests property-tests page-tests

page-tests:
	$(NPM) test

measured-tests:
	@$(BIN)/coverage run -m pytest -p no:twisted -m plain $(UNIT)
	@$(BIN)/coverage report --include='chatd/core/*,chatd/wires/*' --fail-under=100

property-tests:
	@$(BIN)/pytest $(PROPERTIES)

house-tests:
	@$(BIN)/pytest -m "not plain" $(UNIT) tests/test_*.py tests/protocol tests/scenarios

daemon-tests:
	@$(BIN)/pytest tests/e2e

check: $(PAGE) .venv/audit-packages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(NPM) run check
	$(BIN)/python -m tests.audit

audit: $(PAGE) .venv/audit-packages .venv/sslyze/installed
	$(BIN)/python -m tests.audit
	$(BIN)/pytest -rs tests/e2e/test_grading.py

bench bench-quick: TOOLS += ngircd:ngircd inspircd:inspircd

bench: tools $(PAGE) .venv/bench-packages bench/peers/node/node_modules/.package-lock.json
	$(BIN)/python -m bench.fanout --write docs/performance.md --record bench/recorded.json --check $(ARGS)
	$(BIN)/python -m bench.growth --write docs/performance.md
	$(BIN)/python -m bench.archive
	$(BIN)/python -m bench.scale
	$(BIN)/python -m bench.storm

bench-quick: tools $(PAGE) .venv/bench-packages bench/peers/node/node_modules/.package-lock.json
	$(BIN)/python -m bench.fanout --quick --guard bench/recorded.json

bench-web: tools $(PAGE) .venv/test-packages
	$(BIN)/python -m bench.web $(ARGS)

chaos: $(PAGE) .venv/test-packages
	$(BIN)/python -m bench.chaos --kills 200 --cuts 1000 --write $(ARGS)
	$(BIN)/python -m tests.simulation --runs 100000
	$(BIN)/python -m bench.attacks --write --check

fuzz: $(PAGE) .venv/fuzz-packages
	$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS_EACH),60)

clean:
	rm -rf .venv .fuzz build dist *.egg-info chatd/static web/node_modules bench/peers/node/node_modules .coverage* htmlcov \
		.hypothesis .mypy_cache .pytest_cache .ruff_cache twisted/plugins/dropin.cache
	find . -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "chatd needs Python 3.11 or newer, with its venv module." >&2; exit 1; }
	@echo "Making a virtual environment in .venv"
	@$(PYTHON) -m venv .venv

# The packages that pyproject.toml asks for, and those of the extras that are named after it.
REQUIRED = $(BIN)/python -c 'import sys, tomllib; file = tomllib.load(open("pyproject.toml", "rb")); \
	project, extras = file["project"], file["project"]["optional-dependencies"]; \
	lists = [file["build-system"]["requires"], project["dependencies"], *(extras[name] for name in sys.argv[1:])]; \
	print(*(line for lines in lists for line in lines if not line.startswith("chatd")), sep="\n")'

.venv/packages: pyproject.toml $(BIN)/python
	@echo "Installing the Python packages"
	@$(REQUIRED) > $@.txt
	@$(PIP) -r $@.txt
	@touch $@

# The page comes first, because installing chatd builds it where it is missing.
.venv/installed: .venv/packages setup.py | $(PAGE)
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/test-packages: .venv/installed
	@echo "Installing the Python packages for the tests"
	@$(REQUIRED) test dev > $@.txt
	@$(PIP) -r $@.txt
	@touch $@

.venv/bench-packages: .venv/test-packages
	@echo "Installing the Python packages for the measurements"
	@$(REQUIRED) bench > $@.txt
	@$(PIP) -r $@.txt
	@touch $@

.venv/fuzz-packages: .venv/test-packages
	@echo "Installing the fuzzer"
	@$(REQUIRED) fuzz > $@.txt
	@$(PIP) -r $@.txt
	@touch $@

# It wants an older cryptography than we have.
.venv/sslyze/installed: $(BIN)/python
	@echo "Installing sslyze"
	@$(BIN)/python -m venv .venv/sslyze
	@.venv/sslyze/bin/python -m pip install --quiet --disable-pip-version-check 'sslyze>=6.3'
	@touch $@

.venv/audit-packages: .venv/test-packages
	@echo "Installing the auditor"
	@$(REQUIRED) audit > $@.txt
	@$(PIP) -r $@.txt
	@touch $@

bench/peers/node/node_modules/.package-lock.json: bench/peers/node/package-lock.json
	@npm --prefix bench/peers/node --silent ci --no-audit --no-fund
	@touch $@

$(PAGE): web/node_modules/.package-lock.json $(WEB_SOURCES)
	@echo "Building the browser client"
	@$(NPM) run build -- --logLevel warn
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null \
		|| { echo "chatd needs Node.js 20 or newer, and npm, to build the browser client." >&2; exit 1; }
	@echo "Installing the npm packages"
	@$(NPM) ci --no-audit --no-fund
	@touch $@

tools:
	@missing=(); \
	for tool in $(TOOLS); do command -v $${tool%:*} >/dev/null || missing+=($${tool#*:}); done; \
	for font in $(FONTS); do test -e /usr/share/fonts/truetype/$${font%:*} || missing+=($${font#*:}); done; \
	if test $${#missing[@]} -eq 0; then exit 0; fi; \
	if test $$(id -u) -eq 0 && command -v apt-get >/dev/null; then \
		echo "Installing $${missing[*]}"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get -qq update </dev/null && apt-get -qq install -y --no-install-recommends "$${missing[@]}" \
			</dev/null >/dev/null && exit 0; \
	fi; \
	echo "Missing: the Debian packages $${missing[*]}. What needs them will fail or be left out, and say so." >&2
