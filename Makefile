# make build   sets up .venv and compiles templates/
# make test    the same, then the whole test suite
# make browser installs the browser that shows pages to the tests, on Debian; done first where CI=true
# make check   ruff, mypy --strict, generated docs fresh, layers
# make docs    writes the generated pages
# make bench   the benchmarks; DATA and PROMPTS name their data, as benchmarks/README.md says
PYTHON ?= python3
DATA ?=
PROMPTS ?=
TORCH ?= torch==2.13.0
VENV := .venv
BIN := $(VENV)/bin
ROOT := $(if $(filter 0,$(shell id -u)),,sudo)
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: build test browser check docs bench bench-data clean

build: $(VENV)/.core
	$(BIN)/promptc build templates/

test: $(VENV)/.dev $(if $(filter true,$(CI)),browser)
	$(BIN)/promptc build templates/ --quiet
	$(BIN)/python -m pytest -n auto

browser:
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { \
	  command -v apt-get >/dev/null || { echo "make browser knows Debian's apt-get only; install chromium and chromedriver yourself"; exit 2; }; \
	  $(ROOT) apt-get update -qq && \
	  $(ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver fonts-dejavu-core; }

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m docs.generate --check
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/test_layers.py

docs: $(VENV)/.dev
	$(BIN)/python -m docs.generate

bench: bench-data $(VENV)/.dev
	$(BIN)/python -m benchmarks.startup --sizes
	$(BIN)/python -m benchmarks.throughput --data "$(DATA)"
	$(BIN)/python -m benchmarks.gate --data "$(DATA)"
	$(BIN)/python -m benchmarks.savings --data "$(DATA)" "$(PROMPTS)"
	$(BIN)/python -m benchmarks.audit --data "$(DATA)" "$(PROMPTS)" --level 2 --out benchmarks/results/audit.json

bench-data:
	@test -f "$(DATA)" || { echo "make bench needs DATA=FILE, templates as JSON lines: see benchmarks/README.md"; exit 2; }
	@test -f "$(PROMPTS)" || { echo "make bench needs PROMPTS=FILE, prompts as JSON lines: see benchmarks/README.md"; exit 2; }

clean:
	rm -rf $(VENV) build .promptc_cache .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.core: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "promptc needs Python 3.11 or newer; set PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade "pip>=25.1"
	$(PIP) install -c constraints.txt -e .
	touch $@

# torch by itself first: from a folder or an index with a build for the CPU, that is taken.
$(VENV)/.dev: $(VENV)/.core
	$(PIP) install $(TORCH)
	$(PIP) install -c constraints.txt --group dev
	touch $@
