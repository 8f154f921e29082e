# make demo    set everything up and run the whole job on the pocket ladder: sweep, CEG, forecast
# make real    a 135M model on GSM8K and ARC-Challenge: the sweep on real problems
# make test    set everything up and run the tests
# make check   lint, format, what imports what, and types
# make bench   every performance figure with its bar
PYTHON ?= python3
VENV := .venv
# Problems a benchmark.
LIMIT ?= 100

.PHONY: demo real test check bench clean

# vLLM where it is installed, transformers elsewhere.
ENGINE = $(shell $(VENV)/bin/python -c 'from importlib.util import find_spec as f; \
    print("engine=vllm" if f("vllm") else "engine=transformers engine.batch_size=64")')
POCKET = ladder=pocket benchmark=pocket_arithmetic sweep=factorial \
    'sweep.ptes=[few_shot,chain_of_thought,self_consistency,program_verifier]' \
    pte.few_shot.k=5 $(ENGINE) engine.dtype=float32 hardware=cpu limit=$(LIMIT)
REAL := model=smollm2_135m_instruct 'benchmark=[gsm8k,arc_challenge]' \
    benchmark.arc_challenge.readout=generation sweep=factorial \
    'sweep.ptes=[few_shot,chain_of_thought,self_consistency]' \
    engine.dtype=float32 limit=$(LIMIT) hardware=cpu

demo: $(VENV)/.installed
	$(VENV)/bin/pte run $(POCKET)
	$(VENV)/bin/pte analyze $(POCKET) -o report
	$(VENV)/bin/pte forecast --measured report/estimates.json -o forecast
	@echo "the report: report/report.html    the forecast: forecast/report.html"

real: $(VENV)/.installed
	$(VENV)/bin/pte run $(REAL)
	$(VENV)/bin/pte analyze $(REAL) -o report-real

# Many tests wait for others (jobs, servers), so three at a time; what is timed comes by itself, and
# what loads a model, on all cores, comes last.
test: $(VENV)/.installed
	$(VENV)/bin/python -m pytest -m 'not (alone or engine)' -n 3 --dist loadfile --no-loadscope-reorder
	$(VENV)/bin/python -m pytest -m alone
	$(VENV)/bin/python -m pytest -m engine

check: $(VENV)/.installed
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports --no-logo --no-cache
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
