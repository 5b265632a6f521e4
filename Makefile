# Two commands matter: `make run` and `make test`. Each does all the set-up it needs.
PYTHON ?= python3
VENV_PYTHON := .venv/bin/python
# once it is there the project's own Python looks whether anything is to be done: others may begin with a slow shim
OWN_PYTHON := $(if $(filter file,$(origin PYTHON)),$(wildcard $(VENV_PYTHON)))
SETUP := $(if $(OWN_PYTHON),$(OWN_PYTHON) -I -S,$(PYTHON)) scripts/setup.py

# where Python may write no bytecode beside the sources it would compile 1,500 modules at every start
ifdef PYTHONDONTWRITEBYTECODE
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/bytecode
endif

.PHONY: help setup setup-dev run rehearse papers test check bench bench-large faults faults-ha audit requirements notices picture cove clean
.DEFAULT_GOAL := help

help: ## Show what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

python3:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed. On Debian: apt-get install -y python3 python3-venv"; exit 1; }

.PHONY: python3

setup: python3 ## Make .venv with all that the marketplace needs, and compile its front end
	@$(SETUP) run

setup-dev: python3
	@$(SETUP) test

run: setup ## Serve the marketplace with a demo county on http://127.0.0.1:8000 (PORT=8001 for another port)
	@exec $(VENV_PYTHON) -m marketplace.cli serve

rehearse: setup ## Practise a whole procurement in a sandbox county, guided step by step, on http://127.0.0.1:8100/rehearsal
	@exec $(VENV_PYTHON) -m marketplace.cli rehearse

papers: python3 ## Install what the PDFs of official papers need (as root, on Debian)
	@$(SETUP) papers

test: setup-dev ## Run every test but bench and faults (TESTS=path for some of them)
	@$(VENV_PYTHON) scripts/run_tests.py $(TESTS)

check: setup-dev ## Style, types, import staircase, migrations drift, untranslated strings
	@$(VENV_PYTHON) scripts/check.py

bench-large: setup-dev ## Measure the search, the register, payments down to visits, months and visits at size; the last line is JSON
	@exec $(VENV_PYTHON) -m marketplace.cli bench --large

bench: setup-dev ## Measure against the bare framework; the last line is JSON (under 5 minutes)
	@exec $(VENV_PYTHON) -m marketplace.cli bench

faults: setup-dev ## The tests that kill processes and fill disks
	@$(VENV_PYTHON) -m pytest -s -m faults --override-ini 'addopts=-ra --strict-markers --import-mode=importlib'

faults-ha: setup-dev ## Kill the primary of two PostgreSQL servers during a sealing rush (needs patroni, etcd-server, nginx-light)
	@$(VENV_PYTHON) -m pytest -s -n 0 -m faults_ha --override-ini 'addopts=-ra --strict-markers --import-mode=importlib' tests/faults

audit: setup ## Known weaknesses of the pinned packages, offline (ADVISORIES=folder or zip in OSV format)
	@exec $(VENV_PYTHON) -m marketplace.cli audit-dependencies

requirements: setup-dev ## Compile pyproject.toml into the pinned and hashed requirements files
	@sh scripts/compile_requirements.sh

notices: setup-dev ## Write THIRD_PARTY_NOTICES.md anew
	@$(VENV_PYTHON) scripts/third_party_notices.py

picture: setup-dev ## Take the picture of the README anew (docs/front-page.webp; needs Chromium)
	@$(VENV_PYTHON) scripts/take_picture.py

cove: setup-dev ## Hold the public record of a running marketplace (FROM=address or exported folder) against lib-cove-ocds
	@$(VENV_PYTHON) scripts/check_record.py $(FROM)

clean: ## Remove what set-up and tests made; the county's data in var/ stays
	@rm -rf .venv marketplace/front_end/node_modules marketplace/static/built .pytest_cache .ruff_cache .mypy_cache build *.egg-info
	@find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
