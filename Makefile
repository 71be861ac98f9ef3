# Huiyin: the commands of everyday work. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help run up test lint format proto asyncapi bench bench-scale bench-table demo calendars faults lock clean
BIN := .venv/bin
UV_VERSION := 0.13.9

help: ## lists these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/run.stamp ## sets everything up and starts the platform here; Ctrl-C stops it
	@exec $(BIN)/huiyin up

up: .venv/cluster.stamp ## the same with three Kafka brokers, relays and stream workers (needs Java 17 and Maven)
	@exec $(BIN)/huiyin up --cluster

test: .venv/dev.stamp lint ## sets everything up, checks the code and runs all tests
	$(BIN)/python -m pytest -n 2 --dist loadscope $(PYTEST)

lint: .venv/dev.stamp ## checks style, types, architecture and contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy core services streams sdk examples tests
	$(BIN)/lint-imports --no-cache
	@BIN=$(BIN) proto/check.sh

format: .venv/dev.stamp ## puts the code in the common form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

proto: .venv/dev.stamp ## generates the Python stubs and docs/asyncapi.yaml from the contracts
	BIN=$(BIN) proto/generate.sh
	@$(BIN)/python -m tests.asyncapi

asyncapi: .venv/dev.stamp ## generates docs/asyncapi.yaml from the catalogue of topics and the contracts
	@$(BIN)/python -m tests.asyncapi

bench: .venv/dev.stamp ## measures against raw baselines, into build/bench.json: make bench ONLY="lifecycle idle"
	QUICK=$(QUICK) $(BIN)/python -m tests.bench $(ONLY)

bench-scale: .venv/dev.stamp ## grows a store and measures it at each size: make bench-scale CASES=100000
	$(BIN)/python -m tests.bench.scale --cases $(or $(CASES),100000)

bench-table: .venv/dev.stamp ## fills the table of docs/performance.md from build/bench.json
	@$(BIN)/python -m tests.bench.table

demo: .venv/dev.stamp ## imports real petitions and drives cases through full lives
	$(BIN)/python -m tests.mainjob

calendars: .venv/dev.stamp ## loads and amends an invented year while a thousand cases run: make calendars CASES=1000
	HUIYIN_TEST_CASES=$(or $(CASES),1000) $(BIN)/python -m pytest -q tests/service/test_calendars_live.py

faults: .venv/dev.stamp ## kills and cuts the platform in random rounds: make faults ROUNDS=20 SEED=7 MODE=cluster
	$(BIN)/python -m tests.fault.driving --rounds $(or $(ROUNDS),3) --seed $(or $(SEED),0) --mode $(or $(MODE),cluster)

lock: .venv/dev.stamp ## locks the newest versions that pyproject.toml allows
	$(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	BIN=$(BIN) requirements/lock.sh

clean: ## removes what was built and installed, but no data (var/ stays)
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find core services streams sdk examples proto tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/run.stamp: requirements/run.lock requirements/bootstrap.sh pyproject.toml
	@requirements/bootstrap.sh run

.venv/cluster.stamp: requirements/cluster.lock requirements/bootstrap.sh pyproject.toml
	@requirements/bootstrap.sh cluster

.venv/dev.stamp: requirements/dev.lock requirements/bootstrap.sh pyproject.toml
	@requirements/bootstrap.sh dev
