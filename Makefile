# `make run` and `make test` set themselves up; see scripts/setup.
python := .venv/bin/python

.PHONY: run test lint bench shots assets models features setup-run setup-test setup-bench

run: setup-run
	@.venv/bin/perturber

test: setup-test lint
	@$(python) -m pytest -n logical --maxprocesses 4 --dist loadfile

lint: setup-test
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

bench: setup-bench
	@$(python) -m benchmarks

shots: setup-test
	@$(python) -m scripts.shots

assets: setup-test
	@$(python) -m assets.build

models: setup-run
	@$(python) -m perturber.training
	@.venv/bin/perturber groups make studio

features: setup-run
	@.venv/bin/perturber features studio --ship

setup-run:
	@scripts/setup run

setup-test:
	@scripts/setup test

setup-bench:
	@scripts/setup bench
