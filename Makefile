# Huike. Each target says what it does: `make help`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PY := $(BIN)/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_CACHE_DIR ?= $(CURDIR)/var/cache/uv
export PIP_CACHE_DIR ?= $(CURDIR)/var/cache/pip
export npm_config_cache ?= $(CURDIR)/var/cache/npm
WITH_ENV := set -a; . ./.env; set +a;
UV_VERSION := 0.13.9

.PHONY: help setup assets run demo test bench soak lint types check lock clean-tools

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.runtime .env assets ## Install what running needs, write .env, build the pages

run: setup ## Run Huike here: web, stream, three workers, timekeeper
	@$(WITH_ENV) exec $(PY) -m app.cli.processes

demo: setup .venv/.demo ## One store's day on real data, WeChat played by the sandbox (ONCE=1 ends by itself)
	@$(WITH_ENV) exec $(PY) -m demo $(if $(ONCE),--once) $(if $(SEED),--seed $(SEED))

test: setup .venv/.demo .venv/.dev ## All tests, on real PostgreSQL and Valkey
	@$(PY) -m tests.run $(ARGS)

bench: setup .venv/.dev .venv/.bench ## Measure beside others (ONLY=callback,inbox_drain,send) into build/bench.json
	@$(PY) -m bench $(ONLY)

soak: setup .venv/.demo .venv/.dev ## Kills, storms and bad input at length (ONLY=G1,G8,…) into build/soak.json
	@$(PY) -m tests.soak $(ONLY)
	$(if $(ONLY),,@$(PY) -m pytest -m soak tests/imports)

lint: .venv/.dev ## ruff and formatting
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: .venv/.dev ## mypy strict
	@$(BIN)/mypy

check: setup .venv/.dev .venv/.demo lint types ## lint, types, import contracts, migration drift, mini-program, tests
	@$(BIN)/lint-imports
	@$(PY) -m tests.drift
	@cd miniprogram && npm ci --ignore-scripts --silent && npm run -s check
	@$(PY) -m tests.run $(ARGS)

assets: .venv/.runtime ## Build the pages' styles and scripts, and the mini-program's preview
	@$(PY) frontend/build.py

lock: .venv/.runtime ## Write requirements*.txt anew from requirements*.in
	@$(BIN)/uv pip compile -q --generate-hashes --python-version 3.11 requirements.in -o requirements.txt
	@$(BIN)/uv pip compile -q --generate-hashes --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	@$(BIN)/uv pip compile -q --generate-hashes --python-version 3.11 requirements-bench.in -o requirements-bench.txt

clean-tools: ## Remove what only building and testing need
	rm -rf frontend/node_modules miniprogram/node_modules bench/peers/node_modules var/node var/cache

.env: .venv/.runtime .env.example
	@$(PY) -m app.cli.first_env && touch .env

.venv/.uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	@$(PYTHON) -m venv .venv || (echo "Python's venv is missing: apt-get install python3-venv"; exit 1)
	@$(BIN)/pip install -q uv==$(UV_VERSION)
	@touch $@

.venv/.runtime: .venv/.uv requirements.txt
	@echo "安装运行所需…"; $(BIN)/uv pip install -q --python $(PY) --require-hashes -r requirements.txt
	@touch $@

.venv/.demo: .venv/.runtime requirements-demo.txt
	@$(BIN)/uv pip install -q --python $(PY) --require-hashes --no-deps -r requirements-demo.txt
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.txt
	@echo "安装测试所需…"; $(BIN)/uv pip install -q --python $(PY) --require-hashes -r requirements-dev.txt
	@touch $@

.venv/.bench: .venv/.dev requirements-bench.txt
	@$(BIN)/uv pip install -q --python $(PY) --require-hashes -r requirements-bench.txt
	@touch $@
