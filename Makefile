# hubblecast: `make` alone lists what there is.

# Debian's own Python, which sees Debian's packages; the first one in PATH may be another.
PYTHON := /usr/bin/python3
PROTO_DIR := adapter/proto
PROTO_FILES := $(sort $(wildcard $(PROTO_DIR)/hubble_adapter/wire/*.proto))
PAGE_SOURCES := $(shell find frontend/src frontend/public frontend/index.html frontend/package.json \
	$(wildcard frontend/tsconfig*.json frontend/vite.config.*) -type f 2>/dev/null)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help dist kitchen demo test check bench soak clean page proto proto-check install-demo install-check install-test install-bench

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: page ## flows live in a browser, all private and on loopback (DEMO_PORT, DEMO_RATE, DEMO_HUBBLE)
	@exec $(PYTHON) demo/demo.py

test: install-test page ## all tests: style, units, private brokers, the page in Chromium
	@exec tools/run-tests test

check: install-check frontend/node_modules/.installed ## style and unit tests, within 3 minutes
	@exec tools/run-tests check

bench: install-bench page ## measure the adapter, the page and what viewers cost
	@for script in adapter/bench/run frontend/bench/run demo/bench/run; do if [ -x "$$script" ]; then "$$script" || exit; fi; done

soak: install-test ## the adapter under seeded faults for SOAK_SECONDS (3600), against real brokers
	@PYTHONPATH=adapter:demo:test/integration exec $(PYTHON) -m tests.oracle.soak

dist: page ## pack the adapter and the page for the cookbooks into build/dist, with checksums
	@tools/dist

kitchen: install-test page ## the cookbooks on bare containers (SUITE=single-host, cluster or policies; default: all)
	@exec tools/kitchen $(SUITE)

clean: ## remove what was built or left by a run
	rm -rf build demo/run frontend/dist frontend/node_modules
	find adapter demo test tools -name __pycache__ -type d -prune -exec rm -rf {} +

page: frontend/dist/index.html ## build the page into frontend/dist

proto: ## write the Python code of the .proto files anew
	protoc -I $(PROTO_DIR) --python_out=adapter --pyi_out=adapter $(PROTO_FILES)

# The committed code must be what protoc (3.21, in Debian 12 and 13 alike) makes of the committed .proto files.
proto-check:
	@rm -rf build/proto && mkdir -p build/proto
	@protoc -I $(PROTO_DIR) --python_out=build/proto --pyi_out=build/proto $(PROTO_FILES)
	@diff -r --brief --exclude='*.py[co]' --exclude=__init__.py --exclude=__pycache__ \
		build/proto/hubble_adapter/wire adapter/hubble_adapter/wire

install-demo install-check install-test install-bench:
	@tools/install $(@:install-%=%)

# Order-only: whether packages are missing says nothing about the age of what was built.
frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json | $(if $(filter check,$(MAKECMDGOALS)),install-check,install-demo)
	@cd frontend && ../tools/step page-packages npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

frontend/dist/index.html: $(PAGE_SOURCES) frontend/node_modules/.installed
	@cd frontend && ../tools/step page-build npm run build
	@touch $@
