# Everything that is set up is set up here; README names the two commands that matter: run and test.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(VENV)/bin/uv
PIP := $(UV) pip install --quiet --python $(BIN)/python
STAMPS := build/stamps
# Without compiled files every start pays for compiling all libraries again, two seconds.
unexport PYTHONDONTWRITEBYTECODE
ACCEL_SOURCES := $(shell find accel -name '*.cpp' -o -name '*.h' -o -name '*.hpp' -o -name CMakeLists.txt)

.PHONY: run test check bench soak format lint types imports unit pins accel llama clean

run: $(STAMPS)/run $(STAMPS)/accel $(STAMPS)/llama
	@$(BIN)/scrubjay $(ARGS)

test: $(STAMPS)/test $(STAMPS)/accel $(STAMPS)/llama
	$(MAKE) --no-print-directory check

check: format lint types imports unit

format:
	$(BIN)/ruff format --check .

lint:
	$(BIN)/ruff check .

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

unit:
	$(BIN)/python -m pytest --cov --cov-report=term:skip-covered --cov-fail-under=85 $(ARGS)

bench: $(STAMPS)/test $(STAMPS)/accel $(STAMPS)/llama
	$(BIN)/scrubjay bench $(ARGS)

soak: $(STAMPS)/test $(STAMPS)/accel $(STAMPS)/llama
	$(BIN)/python -m pytest -m long --timeout=7200 $(ARGS)

accel: $(STAMPS)/accel
llama: $(STAMPS)/llama

# The pins name versions and hashes and no index; written anew by `make pins`.
pins: $(STAMPS)/uv
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-header -q pyproject.toml -o requirements/run.txt
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-header -q --extra test pyproject.toml -o requirements/test.txt

$(STAMPS)/uv:
	@mkdir -p $(STAMPS)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@

# All that comes as wheels; llama.cpp, which is compiled, follows by itself.
$(STAMPS)/run: requirements/run.txt | $(STAMPS)/uv
	@echo "Installing libraries (about 250 MB in $(VENV)) ..."
	@packaging/without_llama.sh requirements/run.txt > build/run-wheels.txt
	$(PIP) --require-hashes -r build/run-wheels.txt
	@touch $@

$(STAMPS)/test: requirements/test.txt | $(STAMPS)/run
	@packaging/without_llama.sh requirements/test.txt > build/test-wheels.txt
	$(PIP) --require-hashes -r build/test-wheels.txt
	@touch $@

$(STAMPS)/accel: pyproject.toml $(ACCEL_SOURCES) | $(STAMPS)/run
	@echo "Compiling the memory scan (a few seconds) ..."
	$(PIP) --no-deps --reinstall --editable .
	@touch $@

# With pip, which keeps the compiled wheel for the next environment of this computer; uv builds it anew
# wherever the index sends the source as changed.
$(STAMPS)/llama: requirements/run.txt | $(STAMPS)/run
	@echo "Compiling llama.cpp, once on this computer (about 7 minutes on two cores) ..."
	@packaging/only_llama.sh requirements/run.txt > build/llama.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r build/llama.txt
	@touch $@

clean:
	rm -rf $(VENV) build
