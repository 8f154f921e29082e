# make demo    set everything up and run the main job on the bundled model
# make test    set everything up and run the tests
# make check   lint, format and types
# make bench   every performance figure with its bar
PYTHON ?= python3
VENV := .venv
LIMIT ?= 100

.PHONY: demo test check bench clean

DEMO := model=smollm2_135m_instruct 'benchmark=[gsm8k,arc_challenge]' \
    benchmark.arc_challenge.readout=generation sweep=factorial \
    'sweep.ptes=[few_shot,chain_of_thought,self_consistency]' limit=$(LIMIT) hardware=cpu

demo: $(VENV)/.installed
	$(VENV)/bin/pte run $(DEMO)
	$(VENV)/bin/pte analyze $(DEMO) -o report

test: $(VENV)/.installed
	$(VENV)/bin/python -m pytest

check: $(VENV)/.installed
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: $(VENV)/.installed
	$(VENV)/bin/python -m tests.performance

$(VENV)/.installed: requirements/cpu.txt pyproject.toml
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed"'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps -r requirements/cpu.txt
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info
