# Every command a person needs; `make help` prints them.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run setup setup-dev test e2e check fmt lock experiments bench docs dashboards screenshot image image-check sbom kind kind-down soak clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## the playground: broker, API, workers, exporter, dashboard; until Ctrl-C
	@$(BIN)/playground up

setup: $(VENV)/.run ## the environment that `make run` needs, from the lock
setup-dev: $(VENV)/.dev ## the same plus tests, linters and benchmark clients

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is %s. Next: make run PYTHON=python3.11" % sys.version.split()[0])'
	@echo "Creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing the pinned packages (about a minute the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing the pinned packages for development"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run

test: setup-dev ## every layer of tests that this machine can run; what measures times comes last and alone
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile -m "not e2e and not alone"
	@$(BIN)/python -m pytest -m alone

e2e: setup-dev ## the chart on a kind cluster of its own, with the experiments (about 15 minutes)
	@$(BIN)/python -m pytest -m e2e tests/e2e

check: setup-dev ## ruff, mypy strict, import contract
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

fmt: setup-dev ## format and fix what can be fixed
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

COMPILE = uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml
lock: ## write requirements/*.txt anew from pyproject.toml (needs uv)
	$(COMPILE) --extra local --group build -o requirements/run.txt
	$(COMPILE) --extra local --group build --group test --group lint --group monitoring --group release --group bench -c requirements/run.txt -o requirements/dev.txt
	$(COMPILE) -c requirements/run.txt -o requirements/image.txt
	$(subst pyproject.toml,,$(COMPILE)) --group agent -c requirements/run.txt -o requirements/agent.txt

N ?= 5
experiments: setup-dev ## every experiment on a fresh local stack, N=5 times in a row
	@for round in $$(seq $(N)); do \
	  echo "round $$round of $(N)"; \
	  $(BIN)/python -m pytest -q tests/integration/test_experiments.py || exit 1; \
	done

bench: setup-dev ## the benchmark table, into bench/results (about 25 minutes)
	@$(BIN)/python -m bench

docs: setup-dev ## write anew what is made: docs/experiments.md, the chart's schema and table of values
	@$(BIN)/python docs/generate.py

dashboards: setup-dev ## write monitoring/grafana/dashboards anew
	@$(BIN)/python monitoring/grafana/generate.py

chart-golden: setup-dev ## render the chart's profiles anew into tests/chart/golden (needs helm)
	@PYTHONPATH=tests $(BIN)/python -m support.golden

screenshot: setup-dev ## docs/dashboard.png, of a playground that works (needs Chromium)
	@$(BIN)/python docs/screenshot.py

BUILD_ARGS ?=
image: ## the image of API, workers and jobs: playground:VERSION; BUILD_ARGS="--build-arg BASE=..."
	docker build $(BUILD_ARGS) -t playground:$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml) -f images/playground/Dockerfile .

image-check: ## whether that image is the same when built again, its size, and how fast it starts
	@$(PYTHON) tools/image_check.py --build-args="$(BUILD_ARGS)"

sbom: setup-dev ## playground.cdx.json: what is in that image (CycloneDX)
	@$(BIN)/python tools/sbom.py playground:$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml) playground.cdx.json

VALUES ?=
kind: ## a kind cluster with the chart and a port-forward; VALUES=file.yaml, BUILD_ARGS as for image
	@$(PYTHON) tools/kind.py up --values "$(VALUES)" --build-args="$(BUILD_ARGS)"

MINUTES ?= 30
NAMESPACE ?= playground
soak: ## a release under load: what its pods take, and whether one is killed; MINUTES=30 NAMESPACE=playground
	@$(PYTHON) tools/soak.py --minutes $(MINUTES) --namespace $(NAMESPACE)

kind-down: ## delete that cluster
	@$(PYTHON) tools/kind.py down

clean: ## remove the environment (the data folder stays: `playground reset`)
	rm -rf $(VENV)
