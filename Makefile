# Each target does its own set-up: on a Debian 12 with a Swift toolchain on PATH, `make demo` alone is enough.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo build test field-cases sanitize soak guards lint bench release clean deps deps-demo deps-test deps-lint deps-bench

# What the Swift toolchain's own programs load and what its linker reads, then the libraries that the runner is built on.
TOOLCHAIN := binutils ca-certificates git libc6-dev libgcc-12-dev libncurses6 libsqlite3-0 libstdc++-12-dev libxml2
LIBRARIES := libcurl4-openssl-dev libssl-dev libyaml-dev zlib1g-dev

# A release must run where no Swift is installed, so Swift's own libraries go into it, and those of C++ and YAML, whose
# names the linker finds in $(STATIC) before it finds them elsewhere. The binary has a fixed load address, because
# relocating a hundred thousand addresses at every start took as long as everything else that `runner --version` does.
# It does not look for libraries in its own folder: the search costs time, and somebody may have put something else
# there.
STATIC := $(CURDIR)/.build/static
# Calls into other libraries are bound when it starts, and their addresses are read-only from then on.
RELEASE := -c release --static-swift-stdlib --disable-local-rpath -Xswiftc -Xclang-linker -Xswiftc -no-pie \
	-Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now -Xlinker "-L$(STATIC)"
RUNNER := .build/release/runner

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build deps-demo ## deploy the example site on this machine, and see a bad release taken back
	@scripts/demo.sh $(RUNNER)

build: deps ## build the release binary
	@mkdir -p "$(STATIC)"
	@for name in stdc++ yaml; do \
		file=$$({ dpkg -L libstdc++-12-dev libyaml-dev 2>/dev/null || true; } | grep -F "/lib$$name.a" | head -n 1 || true); \
		if [ -n "$$file" ]; then ln -sf "$$file" "$(STATIC)/"; \
		else echo "there is no lib$$name.a: the runner will need the shared library where it runs" >&2; fi; \
	done
	@swift build $(RELEASE) --product runner
	@scripts/split-symbols.sh $(RUNNER)
	@echo "the runner is $(RUNNER)"

test: deps-test ## run every test
	@scripts/custom-runner.sh
	@scripts/test.sh

field-cases: build deps-test ## try what people do with sites, tags, stores and networks, as in `make field-cases CASES=NAME`
	@scripts/field-cases.sh $(RUNNER) $(CASES)

sanitize: deps-test ## run every test under the thread sanitizer, and all but those of whole runs under that for addresses
	@TSAN_OPTIONS="suppressions=$(CURDIR)/Tests/thread-sanitizer.txt halt_on_error=0 exitcode=66" \
		swift test --disable-xctest --sanitize=thread --scratch-path .build-sanitize --skip 'InTime\('
	@ASAN_OPTIONS=detect_leaks=0 \
		swift test --disable-xctest --sanitize=address --scratch-path .build-sanitize-address --skip IntegrationTests

soak: build deps-test ## run the long tests: races, simulations, and Tests/Attacks, as in `make soak ATTACKS=NAME ROUNDS=100`
	@RUNNER_SOAK=1 RUNNER_TEST_MINUTES=1440 scripts/test.sh --filter 'SoakTests|SimulationTests|KillTests'
	@scripts/attacks.sh $(RUNNER) $(ATTACKS)

guards: deps-test ## take each guard out of the sources and see the tests fail, as in `make guards GUARDS=NAME`
	@scripts/guards.sh $(GUARDS)

lint: deps-lint ## check layout, scripts and the example site
	@scripts/lint.sh

bench: build deps-bench ## measure start-up, gzip, journal, deploys and memory beside their yardsticks
	@PATH="$$PWD/.venv/bin:$$PATH" BENCH_CACHE="$$PWD/.bench" bench/targets --runner $(RUNNER) $(BENCH)

release: ## set the version, as in `make release VERSION=1.2.3`; commit and tag are yours
	@scripts/release.sh "$${VERSION-}"

clean: ## remove whatever the targets here made, and nothing else
	@rm -rf .build .build-guards .build-sanitize .build-sanitize-address .build-tests Examples/CustomRunner/.build .demo .bench .venv bench/__pycache__ bench/results/targets.*

deps: ## install what building needs
	@command -v swift >/dev/null || { echo "swift is not on PATH: install Swift 6.2 or newer from https://www.swift.org/install/linux/" >&2; exit 1; }
	@scripts/need.sh $(TOOLCHAIN) $(LIBRARIES)

deps-demo: ## install what the demo needs
	@scripts/need.sh curl python3

deps-test: deps ## install what the tests need
	@scripts/need.sh curl nginx-light procps python3 python3-doc python3-venv
	@scripts/venv.sh Tests/TestBed/requirements.txt

deps-lint: deps ## install what the linter needs
	@scripts/need.sh python3 shellcheck

deps-bench: deps ## install what the bench needs
	@scripts/need.sh gcc libdeflate-dev python3 python3-venv rsync
	@scripts/venv.sh bench/requirements.txt
	@scripts/venv.sh Tests/TestBed/requirements.txt
