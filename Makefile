# Two commands: `make run` opens the shop assistant, `make test` proves it.
PYTHON ?= python3

.PHONY: run setup environments test check clean

run: setup
	@exec .venv/bin/shopkeeper run

setup: environments
	@.venv/bin/shopkeeper setup

environments:
	@$(PYTHON) -I bot/environments.py

test: setup check
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/python -m pytest -n 3 --no-loadscope-reorder --reruns 1 -r R

check: environments
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

clean:
	rm -rf .venv bot/rasa/.venv var
