# make demo    set everything up and run the whole job on the pocket ladder: sweep, CEG, forecast
# make real    a 135M model on GSM8K and ARC-Challenge: the sweep on real problems
# make test    set everything up and run the tests
# make check   lint, format, what imports what, and types
# make docs    the documentation site, into site/; a dead link fails
# make bench   every performance figure with its bar
# make gpu-check  the doctor, the pocket ladder and the engine's figures, on a machine with a GPU
# make pins    requirements/*.txt anew from pyproject.toml (needs uv)
PYTHON ?= python3
VENV := .venv
# What is installed: auto (the GPU's where an NVIDIA GPU is seen), cpu or gpu.
STACK ?= auto
# Problems a benchmark: LIMIT=20, say.
demo: LIMIT ?= 35
real: LIMIT ?= 100

.PHONY: demo real test check docs bench gpu-check pins clean

# The engine and the hardware that were installed for: requirements/installer/choice.py.
MACHINE = $(shell cat $(VENV)/.installed)
# make demo LADDER=pocket asks all four runs of each rung, in twice the time.
LADDER ?= pocket_two_seeds
POCKET = ladder=$(LADDER) benchmark=pocket_arithmetic sweep=factorial \
    'sweep.ptes=[few_shot,chain_of_thought,self_consistency,program_verifier]' \
    pte.few_shot.k=5 $(MACHINE) engine.dtype=float32 limit=$(LIMIT)
REAL = model=smollm2_135m_instruct 'benchmark=[gsm8k,arc_challenge]' \
    benchmark.arc_challenge.readout=generation sweep=factorial \
    'sweep.ptes=[few_shot,chain_of_thought,self_consistency]' \
    $(MACHINE) engine.dtype=float32 limit=$(LIMIT)

demo: $(VENV)/.installed
	$(VENV)/bin/pte run $(POCKET)
	$(VENV)/bin/pte analyze $(POCKET) -o report
	$(VENV)/bin/pte forecast --measured report/estimates.json -o forecast
	@echo "the report: report/report.html    the forecast: forecast/report.html"

real: $(VENV)/.installed
	$(VENV)/bin/pte run $(REAL)
	$(VENV)/bin/pte analyze $(REAL) -o report-real

# Many tests wait for others (jobs, servers), so three at a time; what is timed comes by itself, and
# what loads a model, on all cores, comes last (tests/conftest.py).
test: $(VENV)/.installed-dev
	$(VENV)/bin/python -m pytest -m 'not (alone or engine)' -n 3 --dist loadfile --no-loadscope-reorder
	$(VENV)/bin/python -m pytest -m 'alone or engine'

check: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports --no-logo --no-cache
	$(VENV)/bin/mypy

docs: $(VENV)-docs/.installed
	NO_MKDOCS_2_WARNING=1 $(VENV)-docs/bin/mkdocs build --strict
	@echo "the site: site/index.html"

bench: $(VENV)/.installed-dev
	$(VENV)/bin/python -m tests.performance

$(VENV)/.installed: requirements/cpu.txt requirements/gpu.txt requirements/torch.txt pyproject.toml
	$(PYTHON) requirements/install.py $(VENV) --stack $(STACK)

$(VENV)/.installed-dev: $(VENV)/.installed requirements/dev.txt
	$(PYTHON) requirements/install.py $(VENV) --dev

# What came is in gpu-check/summary.md.
gpu-check: $(VENV)/.installed-dev
	$(VENV)/bin/python -m tests.performance.gpu_check $(MACHINE)

pins:
	sh requirements/pin.sh

# The site's tools stand apart: they read the code and do not run it.
$(VENV)-docs/.installed: requirements/docs.txt
	$(PYTHON) requirements/install.py $(VENV)-docs --docs

clean:
	rm -rf $(VENV) $(VENV)-docs build site *.egg-info
