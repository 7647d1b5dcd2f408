# Two commands for a fresh machine: `make app` runs the app, `make test` passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: app test lint docs frontend lock clean

app: $(VENV)/.app
	$(BIN)/streamlit run app.py

test: $(VENV)/.test frontend/node_modules/.installed
	./tests/browser/find-or-install-chromium
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadgroup

lint: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/mypy

# TypeScript and esbuild, which build what the browser runs: explorer/frontend/lens.js, which is committed.
frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json
	./tests/frontend/find-or-install-node
	cd frontend && npm ci --silent --no-fund --no-audit
	touch $@

frontend: frontend/node_modules/.installed
	cd frontend && npm run check && npm run build

# The reference of `import explorer`, in site/. The notice it silences is about a coming version of MkDocs.
docs: $(VENV)/.test
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# The exact versions everything was tested with; uv installs them in half a minute, pip in about two.
$(VENV)/.app: requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	touch $@

$(VENV)/.test: $(VENV)/.app
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements-test.txt
	touch $@

lock:
	$(BIN)/uv pip compile -q --no-header --no-emit-index-url --universal --no-annotate pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --no-header --no-emit-index-url --universal --no-annotate pyproject.toml --group test --group lint --group docs -c requirements.txt -o requirements-test.txt

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache
