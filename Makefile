# `make run` and `make test` set themselves up; see scripts/setup.
python := .venv/bin/python
parallel := -n logical --maxprocesses 4 --dist worksteal

.PHONY: run test coverage lint docs bench bench-record shots assets models features setup-run setup-test setup-docs setup-bench

run: setup-run
	@.venv/bin/perturber

test: setup-test lint
	@$(python) -m pytest $(parallel) -m "not lint and not long"

# Branch coverage, and whether every layer reaches its minimum.
coverage: setup-test
	@$(python) -m pytest $(parallel) -m "not long" --cov --cov-report= --cov-report=json:build/coverage.json
	@$(python) -m scripts.coverage_minimums build/coverage.json

lint: setup-test
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

docs: setup-docs
	@NO_MKDOCS_2_WARNING=1 DISABLE_MKDOCS_2_WARNING=true $(python) -m mkdocs build --strict --quiet
	@echo "build/docs/index.html"

# `make bench` writes build/bench.json; `make bench-record` refreshes the run that the documentation shows.
bench: setup-bench
	@$(python) -m benchmarks

bench-record: setup-bench
	@$(python) -m benchmarks --record

shots: setup-test
	@$(python) -m scripts.shots

assets: setup-test
	@$(python) -m assets.build

models: setup-run
	@$(python) -m perturber.training
	@.venv/bin/perturber groups make studio

features: setup-run
	@.venv/bin/perturber features studio --variants standard stylized adversarial --ship
	@.venv/bin/perturber features studio --variants twin --top 1 --ship

setup-run:
	@scripts/setup run

setup-test:
	@scripts/setup test

setup-docs:
	@scripts/setup docs

setup-bench:
	@scripts/setup bench
