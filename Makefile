# The targets that CI calls. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build run test lint fmt docs bench bench-repro kill fuzz soak peers pages policy repro clean

VENV ?= target/peers-venv
BIN = $(abspath $(or $(CARGO_TARGET_DIR),target)/release)

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 14

build: ## compile the binary (the profile that tests use too)
	cargo build --release --locked

run: ## the whole pipeline on the wine data inside the binary
	cargo run --release --locked -- run-all

test: ## every test that needs no outside program
	cargo test --release --locked

lint: ## formatting and lints
	cargo fmt --check
	cargo clippy --release --locked --all-targets -- -D warnings

fmt: ## format the sources
	cargo fmt

docs: build ## rewrite docs/: commands, configuration, JSON Schemas
	$(BIN)/mlops docs --out docs

bench: build ## mlops beside pandas, scikit-learn, XGBoost, LightGBM, Optuna and DVC; needs Python and MLOPS_TEST_DATA
	python3 benches/models.py
	python3 benches/metrics.py
	python3 benches/figures.py
	python3 benches/bench.py
	python3 benches/tables.py
	python3 benches/explore.py
	python3 benches/growth.py --times 1,10

bench-repro: build $(VENV)/bin/dvc ## the engine beside real DVC: nothing to do, restoring, hashing, many stages; needs MLOPS_TEST_DATA
	DVC="$(abspath $(VENV))/bin/dvc" python3 benches/repro.py

kill: build ## kill -9 at random moments, 50 times
	tests/soak/kill.sh 50

fuzz: ## a minute of each fuzz target; where no nightly toolchain is, the same bodies on mutated seeds
	FUZZ_SEED=1 tests/soak/fuzz.sh 60 || { test $$? = 77 && cargo test --release --locked fuzz::; }

soak: build ## the long loops: kill -9 500 times, 200 more beside `dvc status`, 10 minutes of serve under load with faults, an hour of each fuzz target
	tests/soak/kill.sh 500
	PATH="$(abspath $(VENV))/bin:$$PATH" tests/soak/kill.sh 200 dvc
	PATH="$(BIN):$$PATH" python3 tests/soak/serve.py 600
	tests/soak/fuzz.sh 3600

$(VENV)/bin/dvc: tests/peers/requirements.txt
	python3 -m venv $(VENV) && $(VENV)/bin/pip install --quiet -r tests/peers/requirements.txt
	touch $@

peers: build $(VENV)/bin/dvc ## the pipeline under real DVC, trees to the real XGBoost and back, serve beside MLflow and under Schemathesis and faults, pages in Chromium
	PATH="$(BIN):$(abspath $(VENV))/bin:$$PATH" tests/peers/dvc.sh
	PATH="$(BIN):$(abspath $(VENV))/bin:$$PATH" tests/peers/examples.sh
	PATH="$(BIN):$(abspath $(VENV))/bin:$$PATH" $(VENV)/bin/python tests/peers/repro.py
	PATH="$(BIN):$$PATH" $(VENV)/bin/python tests/peers/xgboost.py
	PATH="$(BIN):$$PATH" PYTHON="$(abspath $(VENV))/bin/python" tests/peers/serve.sh
	PATH="$(BIN):$$PATH" python3 tests/soak/serve.py 60
	$(MAKE) pages
	PATH="$(abspath $(VENV))/bin:$$PATH" tests/soak/kill.sh 20 dvc

pages: build $(VENV)/bin/dvc ## the pages in headless Chromium, which Debian's package brings where there is none
	command -v chromium >/dev/null || { s=$$([ $$(id -u) = 0 ] || echo sudo); $$s apt-get update -q && $$s apt-get install -qy --no-install-recommends chromium fonts-dejavu-core; } >/dev/null
	PATH="$(BIN):$$PATH" PYTHON="$(abspath $(VENV))/bin/python" tests/peers/pages.sh

policy: ## licences, advisories and sources of all dependencies; needs cargo-deny and network
	cargo deny check

repro: build ## the same pipeline, driven by DVC
	PATH="$(BIN):$$PATH" dvc repro

clean: ## everything that was built or made
	cargo clean
	rm -rf data/raw data/interim data/processed models reports .mlops
	git checkout -- data models reports 2>/dev/null || true
