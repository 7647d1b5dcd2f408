# Two commands for a fresh machine: `make app` runs the app, `make test` passes the tests. `make help` lists the others.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
QUICK := $(filter-out tests/test_export.py tests/test_whole.py,$(wildcard tests/test_*.py)) $(addprefix tests/,figures scenes tap words views/test_controls.py cli/test_evidence.py)

.PHONY: help app test check fuzz lint docs frontend thumbnails lock clean

help: ## this list
	@sed -n "s/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p" $(MAKEFILE_LIST) | expand -t 20

app: $(VENV)/.app ## install what is needed and run the app
	$(BIN)/streamlit run app.py

test: $(VENV)/.test frontend/node_modules/.installed ## everything: format, lint, types and all tests, with a real browser
	./tests/browser/find-or-install-chromium
	./tests/ui/find-or-install-nginx
	./tests/sweep/find-or-install-s3 $(BIN)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadgroup -rs --screenshot only-on-failure --output .cache/failed

# No browser, no training, no notebook: what shows most mistakes within two minutes.
check: $(VENV)/.test ## format, lint, types and the quick tests, in under two minutes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 $(QUICK)

fuzz: $(VENV)/.test ## ten minutes of made-up input against everything that takes a stranger's
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.fuzz --seconds 600

lint: $(VENV)/.test ## format, and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/mypy

# TypeScript and esbuild, which build what the browser runs: explorer/frontend/lens.js, which is committed.
frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json
	./tests/frontend/find-or-install-node
	cd frontend && npm ci --silent --no-fund --no-audit
	touch $@

frontend: frontend/node_modules/.installed ## check and build what runs in the browser
	cd frontend && npm run check && npm run build

# The notice it silences is about a coming version of MkDocs.
docs: $(VENV)/.test ## the reference of the library, in site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# Home's pictures of the views, as their first figures are now, and the README's pictures of the app.
thumbnails: $(VENV)/.test ## draw Home's thumbnails and the README's pictures anew
	./tests/browser/find-or-install-chromium
	OMP_NUM_THREADS=1 $(BIN)/python -m explorer.ui.thumbnails
	OMP_NUM_THREADS=1 $(BIN)/python -m explorer.ui.recording

# The exact versions everything was tested with. Their bytecode is written here: uv does not by itself, and where Python
# may not, each start of the app would compile what it imports, which takes longer than importing it.
$(VENV)/.app: requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	touch $@

$(VENV)/.test: $(VENV)/.app
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements-test.txt
	touch $@

lock: ## the exact versions in requirements*.txt, anew
	$(BIN)/uv pip compile -q --no-header --no-emit-index-url --universal --no-annotate pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --no-header --no-emit-index-url --universal --no-annotate pyproject.toml --group test --group lint --group docs -c requirements.txt -o requirements-test.txt

clean: ## remove the environment and all caches
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache
