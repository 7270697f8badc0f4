# make demo: a made-up world through the real pipeline, then its dashboard (not with DASHBOARD=0, not without a terminal).
# make test: every kind of test, small counts.
PYTHON ?= python3
BIN := .venv/bin
# Hundreds of processes of the tests begin with code that is compiled.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-real test-long test-faults test-parity test-s3a lint format lock snapshots docs screenshots clean

demo: .venv/.run
	$(BIN)/backbeat demo --dir demo
	@if [ "$(DASHBOARD)" != 0 ] && [ -t 0 ] && [ -t 1 ]; then $(BIN)/backbeat dashboard --lake demo/lake --raw demo/raw --open; fi

test: .venv/.test .venv/.browser .venv/.powerbi .venv/.spark lint
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not real and not long and not faults and not parity and not s3a"

test-real: .venv/.test .venv/.powerbi .venv/.spark
	@if [ -d ../shared/data/sparkify_2018_11 ]; then $(BIN)/python -m pytest -m real; \
	else echo "test-real: ../shared/data is not here, nothing to do"; fi

test-long: .venv/.test .venv/.powerbi .venv/.spark
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "long and not faults"

# A bucket behind a proxy with faults: minutes of waiting for retries.
test-faults: .venv/.test
	$(BIN)/python -m pytest -m faults

# Spark over a bucket: fetches 210 MB of jars the first time.
test-s3a: .venv/.spark
	$(BIN)/python -m pytest -m s3a

# Whole runs on Spark beside DuckDB: minutes each.
test-parity: .venv/.spark
	$(BIN)/python -m pytest -m parity

lint: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

snapshots: .venv/.test
	$(BIN)/python -m pytest tests/snapshots --update-snapshots

docs: .venv/.test
	$(BIN)/python docs/generate.py

# The environment: one folder, locked with hashes; the tests' is the demo's and more.
.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.run: requirements/run.txt requirements/build.txt pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --require-hashes -r requirements/build.txt
	$(BIN)/pip install --quiet --require-hashes -r requirements/run.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.test: .venv/.run requirements/test.txt
	$(BIN)/pip install --quiet --require-hashes -r requirements/test.txt
	@touch $@

# What the browser tests need beside Python: Chromium and axe-core. A part that can't be had is an error that names it.
BROWSER := tests/e2e/browser
.venv/.browser: .venv/.test $(BROWSER)/package-lock.json
	@command -v npm >/dev/null || { echo "make: the browser tests need npm, which comes with Node.js" >&2; exit 1; }
	npm ci --silent --prefix $(BROWSER)
	@$(BIN)/python $(BROWSER)/toolchain.py --find >/dev/null 2>&1 || sh tests/install.sh "the browser tests need Chromium: install it, or set CHROMIUM=/path/to/chrome" chromium fonts-inter
	$(BIN)/python $(BROWSER)/toolchain.py
	@touch $@

# What Spark needs beside Python: pyspark, a Java, and Delta's jars from Maven. A part that can't be had is an error that names it.
SPARK := tests/spark
.venv/.spark: .venv/.test requirements/spark.txt $(SPARK)/toolchain.py
	$(BIN)/pip install --quiet --require-hashes -r requirements/spark.txt
	@$(BIN)/python $(SPARK)/toolchain.py --find >/dev/null 2>&1 || sh tests/install.sh "the Spark tests need Java 17 or later: install it, or set JAVA_HOME" openjdk-17-jre-headless
	$(BIN)/python $(SPARK)/toolchain.py
	@touch $@

# What the tests of Power BI projects need beside Python: mono and Microsoft's model library, its validator and M parser
# from npm, a DAX engine. A part that can't be had is an error that names it.
POWERBI := tests/powerbi
MONO := mono-runtime mono-mcs libmono-cil-dev
.venv/.powerbi: .venv/.test requirements/powerbi.txt $(POWERBI)/package-lock.json $(POWERBI)/read_tmdl.cs
	@command -v npm >/dev/null || { echo "make: the tests of Power BI need npm, which comes with Node.js" >&2; exit 1; }
	npm ci --silent --prefix $(POWERBI)
	rm -rf .venv/powerbi
	$(BIN)/pip install --quiet --no-deps --require-hashes --target .venv/powerbi -r requirements/powerbi.txt
	@command -v mono >/dev/null && command -v mcs >/dev/null || sh tests/install.sh "the tests of Power BI need mono: install $(MONO)" $(MONO)
	$(BIN)/python -m tests.powerbi.toolchain
	@touch $@

screenshots: .venv/.browser
	$(BIN)/python docs/screenshots.py
	$(BIN)/backbeat export powerbi demo/powerbi --lake demo/lake
	$(BIN)/python docs/wireframes.py demo/powerbi

# New versions of everything; needs uv.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links
lock:
	$(LOCK) requirements/build.in -o requirements/build.txt
	$(LOCK) --extra dashboard --extra notify --extra predict pyproject.toml -c requirements/build.txt -o requirements/run.txt
	$(LOCK) --extra dashboard --extra mlflow --extra notify --extra predict --extra test pyproject.toml -c requirements/run.txt -o requirements/test.txt
	$(LOCK) --extra connect --extra spark pyproject.toml -c requirements/test.txt -o requirements/spark.txt

clean:
	rm -rf .venv demo lake .pytest_cache .mypy_cache .ruff_cache
