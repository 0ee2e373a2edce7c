# Every target prepares .venv first: Python >= 3.11, pip and make are all that has to be there.
# GNNPOOL_TORCH_INDEX=URL takes torch from that package index (a CPU build, say).
# PYTHON=/path/to/python chooses the interpreter that .venv is made with.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help book test fuzz bound execute bench serve clean

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
PORT ?= 8000
TORCH := $(shell sed -n 's/^torch==/&/p' constraints.txt)
# Two test processes share two cores: one thread each, or they wait for one another.
SERIAL := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

help:
	@echo 'make book      build the book: _build/html/index.html'
	@echo 'make test      run every test: package, notebooks, built site'
	@echo 'make fuzz      try the promises on thousands of random graphs (EXAMPLES=500: a tenth)'
	@echo 'make bound     run the package'"'"'s tests at the lower bounds of its dependencies'
	@echo 'make execute   re-run every notebook in place (ONLY=part1/src for one)'
	@echo 'make bench     measure time and memory against limits and peers'
	@echo 'make serve     build the book and serve it on http://localhost:$(PORT)'
	@echo 'make clean     delete .venv, _build and every cache'

book: $(READY)
	@echo '== building the book'
	@$(BIN)/jupyter-book build . --all -W -n --keep-going \
	  || { echo 'make: the book has warnings or errors; they are listed above' >&2; exit 1; }

test: $(READY)
	@echo '== running the tests'
	@$(SERIAL) $(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

# The table of the appendix; it takes some 40 minutes of two cores.
fuzz: $(READY)
	@echo '== trying the promises on random graphs'
	@$(SERIAL) $(BIN)/python -m pytest -n 2 --dist worksteal -m promise tests/test_contract*.py \
	  --fuzz $(or $(REPORT),gnnpool/results/fuzz.json) \
	  $(if $(SEED),--hypothesis-seed=$(SEED)) $(if $(EXAMPLES),--fuzz-examples=$(EXAMPLES)) $(ARGS)

# The oldest torch that pyproject.toml allows comes with CUDA: some 3 GB, so not part of make test.
LOWER := $(shell sed -nE 's/^    "((torch|torch-geometric|numpy|scipy|tqdm))>=([0-9.]+)",/\1==\3/p' \
  pyproject.toml)
bound:
	@echo '== $(LOWER)'
	@$(or $(PYTHON),python3) -m venv --clear .venv-bound
	@.venv-bound/bin/python -m pip install $(LOWER) -e '.[draw,data,test]' ipykernel nbclient nbformat
	@$(SERIAL) .venv-bound/bin/python -m pytest -n 2 \
	  $(filter-out %_book.py %_book_form.py %_site.py %_packaging.py,$(wildcard tests/test_*.py))

execute: $(READY)
	@$(BIN)/python tests/notebooks.py $(ONLY)

bench: $(READY)
	@$(BIN)/python -m benchmarks $(ARGS)

serve: book
	@echo '== http://localhost:$(PORT) (stop with Ctrl-C)'
	@$(BIN)/python -m http.server --bind localhost --directory _build/html $(PORT)

clean:
	rm -rf $(VENV) .venv-bound _build build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# torch goes first and alone: asked for by another package, pip may take another build of it.
$(READY): pyproject.toml constraints.txt
	@say() { printf '\nmake: %s\n' "$$1" >&2; exit 1; }; \
	python=; \
	for candidate in $(or $(PYTHON),python3 python3.11 python3.12 python3.13 python); do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then python=$$candidate; break; fi; \
	done; \
	[ -n "$$python" ] || say 'needs Python 3.11 or newer; name one with PYTHON=/path/to/python'; \
	echo "== 1/3 a new environment in $(VENV) with $$($$python --version)"; \
	"$$python" -m venv --clear $(VENV) \
	  || say 'no venv module in this Python (Debian, Ubuntu: apt install python3-venv)'; \
	echo '== 2/3 $(TORCH)'; \
	$(BIN)/python -m pip install $(if $(GNNPOOL_TORCH_INDEX),--index-url '$(GNNPOOL_TORCH_INDEX)') \
	  '$(TORCH)' || say 'pip could not install $(TORCH): network, disk space or package index?'; \
	echo '== 3/3 gnnpool and everything it needs (constraints.txt)'; \
	$(BIN)/python -m pip install -c constraints.txt -e '.[all]' \
	  || say 'pip failed, see above: network, or a pin that does not exist for this Python?'; \
	touch $@
