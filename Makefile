# Every target does its own set-up. Needed beforehand: python3 >= 3.11, git and make.

PYTHON ?= python3
JOBS ?= 3
ARGS ?=
export PYTHON JOBS
# Every command that a test starts would compile the whole product anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin

.PHONY: demo serve test check bench soak screenshots format lock clean

demo: .venv/.runtime
	$(BIN)/backorder demo $(ARGS)

serve: .venv/.runtime
	$(BIN)/backorder serve $(ARGS)

test: .venv/.dev
	tools/test $(ARGS)

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	DJANGO_SETTINGS_MODULE=backorder.config.settings $(BIN)/python -W ignore::RuntimeWarning -m django makemigrations --check --dry-run
	$(BIN)/python -m pytest -q -p no:xdist tests/house/test_rules.py $(wildcard tests/docs)

bench: .venv/.dev
	$(BIN)/python -m bench $(ARGS)

soak: .venv/.dev
	$(BIN)/python -m bench.soak $(ARGS)
	BACKORDER_EXAMPLES=200 $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal tests/api/test_schemathesis.py tests/engine

# Pictures of every page: the customer's, and the console on the data of a demo; phone and desktop, light and dark.
screenshots: .venv/.dev
	BACKORDER_GALLERY=docs/gallery $(BIN)/python -m pytest -q tests/browser/test_portal.py $(ARGS)
	$(BIN)/python -m tools.gallery docs/gallery

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:
	tools/lock $(ARGS)

clean:
	rm -rf .venv build dist .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis

.venv/.runtime: requirements/runtime.lock pyproject.toml
	tools/setup runtime

.venv/.dev: requirements/dev.lock pyproject.toml
	tools/setup dev
