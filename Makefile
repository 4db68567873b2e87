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
# What is installed knows the place of each module: one that was moved or removed has to be made known again.
MODULES := $(STAMPS)/modules-$(shell find desktop engine accel resources -name '*.py' | sort | cksum | cut -d' ' -f1)
ACCEL_SOURCES := $(shell find accel -name '*.cpp' -o -name '*.h' -o -name '*.hpp' -o -name CMakeLists.txt -o -name '*.cmake')

# What Qt needs of the system; for the tests a virtual screen, system calls on record, the accessibility bus.
# Installed when missing and possible.
QT_PACKAGES := libegl1 libgl1 libxkbcommon0 libfontconfig1 libdbus-1-3 libx11-xcb1 libxkbcommon-x11-0 \
	libxcb-cursor0 libxcb-glx0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 \
	libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-util1 libxcb-xfixes0 libxcb-xkb1 libwayland-cursor0 libwayland-egl1
TEST_PACKAGES := $(QT_PACKAGES) xvfb strace dbus at-spi2-core python3-pyatspi
PREPARING := build/preparing

.PHONY: run test check bench soak screens bundle format lint types imports unit pins accel llama llama-portable clean

# The window opens as soon as Qt is there and shows what is still being prepared; a command waits for all.
ifeq ($(strip $(ARGS)),)
run: $(STAMPS)/qt $(STAMPS)/run $(STAMPS)/accel
	@if [ ! -e $(STAMPS)/llama ]; then \
		echo "Preparing the model library, once on this computer" > $(PREPARING); \
		( $(MAKE) --no-print-directory llama > build/preparing.log 2>&1; rm -f $(PREPARING) ) & \
	fi; \
	SCRUBJAY_PREPARING=$(PREPARING) $(BIN)/scrubjay
else
run: $(STAMPS)/run $(STAMPS)/accel $(STAMPS)/llama
	@$(BIN)/scrubjay $(ARGS)
endif

test: $(STAMPS)/test-system $(STAMPS)/test $(STAMPS)/accel $(STAMPS)/llama
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

# Side by side, a file's tests in one process and in their order, those that take longest (behaviour) first. A process
# that crashes ends the run: started anew it waited at the end for ever.
unit:
	$(BIN)/python -m pytest -n logical --maxprocesses 4 --max-worker-restart 0 --dist loadfile --no-loadscope-reorder \
		--cov --cov-report=term:skip-covered --cov-fail-under=85 $(ARGS)

# The libraries that the memory scan is measured beside stand beside the environment, not in it.
bench: $(STAMPS)/test $(STAMPS)/accel $(STAMPS)/llama $(STAMPS)/bench-peers
	PYTHONPATH=build/bench-peers $(BIN)/scrubjay bench $(ARGS)

soak: $(STAMPS)/test $(STAMPS)/accel $(STAMPS)/llama
	$(BIN)/python -m pytest -m long --timeout=7200 $(ARGS)

# Pictures of every panel and dialog in build/screens, to be looked at.
screens: $(STAMPS)/qt $(STAMPS)/run $(STAMPS)/accel $(STAMPS)/llama
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.desktop.screens build/screens $(ARGS)

# One folder with the whole application: build/dist/scrubjay/scrubjay. PyInstaller stands beside the environment.
# With the llama.cpp of this processor, unless llama-portable was made once: then it is kept up to date and taken.
ifneq ($(wildcard build/llama/lib/*),)
bundle: $(STAMPS)/llama-portable
endif
bundle: $(STAMPS)/bundle-tools $(STAMPS)/accel $(STAMPS)/llama
	PYTHONPATH=build/pyinstaller $(BIN)/python -m PyInstaller --noconfirm --log-level WARN \
		--workpath build/bundle-work --distpath build/dist packaging/scrubjay.spec
	@du -sm --exclude=models build/dist/scrubjay | cut -f1 | xargs printf 'build/dist/scrubjay: %s MB without models\n'

$(STAMPS)/bundle-tools: requirements/bundle.txt | $(STAMPS)/run
	$(UV) pip install --quiet --require-hashes --target build/pyinstaller -r requirements/bundle.txt
	@touch $@

# NumPy, which all of them use, is the environment's. One that cannot be built leaves its figure undecided.
$(STAMPS)/bench-peers: requirements/bench.txt | $(STAMPS)/run
	@for peer in faiss-cpu hnswlib numkong; do \
		awk -v name="$$peer==" 'index($$0, name) == 1 {on = 1; print; next} /^[a-z]/ {on = 0} on' $< > build/$$peer.txt; \
		$(UV) pip install --quiet --no-deps --require-hashes --target build/bench-peers -r build/$$peer.txt || \
			echo "$$peer could not be installed; its figures stay undecided."; \
	done
	@touch $@

accel: $(STAMPS)/accel
llama: $(STAMPS)/llama
llama-portable: $(STAMPS)/llama-portable

# The pins name versions and hashes and no index; written anew by `make pins`.
pins: $(STAMPS)/uv
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-header -q pyproject.toml -o requirements/run.txt
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-header -q --extra test pyproject.toml -o requirements/test.txt
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-header -q packaging/bundle.in -o requirements/bundle.txt
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-header -q packaging/bench.in -o requirements/bench.txt

$(STAMPS)/qt:
	@mkdir -p $(STAMPS)
	@packaging/system_packages.sh $(QT_PACKAGES)
	@touch $@

$(STAMPS)/test-system:
	@mkdir -p $(STAMPS)
	@packaging/system_packages.sh $(TEST_PACKAGES)
	@touch $@

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

$(MODULES):
	@mkdir -p $(STAMPS) && rm -f $(STAMPS)/modules-* && touch $@

$(STAMPS)/accel: pyproject.toml $(ACCEL_SOURCES) $(MODULES) | $(STAMPS)/run
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

# For the bundle only: one build for every processor, chosen at run time. Stopped, it goes on where it was.
$(STAMPS)/llama-portable: packaging/llama/build.sh requirements/run.txt | $(STAMPS)/uv
	@packaging/system_packages.sh cmake
	@echo "Compiling llama.cpp for every processor into build/llama (about an hour on two cores) ..."
	PYTHON=$(BIN)/python packaging/llama/build.sh
	@touch $@

clean:
	rm -rf $(VENV) build
