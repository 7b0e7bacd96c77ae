# `make` alone says what there is. Every target stands by itself: it installs what is missing first.
.DEFAULT_GOAL := help
.PHONY: help demo test fuzz soak bench bench-quick docs deb lint build release clean

# What the demo does with messages: print; exec, which gives them to processes of a program in Python; or cluster, which takes
# them through a broker (DEMO_SECONDS=120 ends that one after so many seconds).
DEMO ?= print
# Options of `ptrfeed serve` for the demo, such as DEMO_ARGS="--rate 50..200".
DEMO_ARGS ?=
# Options of `swift test`, such as TEST_ARGS="--filter PipelineTests".
TEST_ARGS ?=

# Options of `swift package benchmark run`, such as BENCH_ARGS="--filter tweets.*", or, where --only comes first, of
# scripts/bench-programs, such as BENCH_ARGS="--only flood,course".
BENCH_ARGS ?=

# Arguments of scripts/soak.
SOAK_ARGS ?=

SWIFT_SOURCES := $(wildcard Sources Tests Benchmarks Examples Package.swift Fuzz/Package.swift Fuzz/Sources/ParserFuzzer Fuzz/Sources/ConfigurationFuzzer Fuzz/Sources/TemplateFuzzer Fuzz/Sources/FilterFuzzer Fuzz/Sources/ProtocolFuzzer)
SCRIPTS := $(shell grep -lE '^\#!.*\b(ba)?sh$$' .ci/* scripts/* $(wildcard packaging/*/*) 2>/dev/null)

help: ## Shows this list
	@echo "usage: make TARGET"
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r target text; \
		do printf '  %-11s %s\n' "$$target" "$$text"; done

demo: ## Builds ptrd, runs it on a made-up feed and shows it at work (DEMO=exec with Python workers, DEMO=cluster on several machines; Ctrl-C ends it)
	@scripts/bootstrap demo$(addprefix -,$(filter exec cluster,$(DEMO)))
	@scripts/demo $(DEMO) $(DEMO_ARGS)

test: ## Builds and runs all tests (TEST_ARGS="--filter NAME" for some)
	@scripts/bootstrap test
	@scripts/build debug tests
	@scripts/test $(TEST_ARGS)

fuzz: ## Looks for event streams, compressed or not, configurations, templates and answers that break their readers, for 60 s each (FUZZ_SECONDS=3600 for an hour)
	@scripts/bootstrap build
	@scripts/fuzz

soak: ## Crashes every part of a real ptrd while a million messages flow (SOAK_ARGS="10000" for so many messages)
	@scripts/bootstrap demo
	@scripts/soak $(SOAK_ARGS)

docs: ## Writes the documentation of the library EventSource into .build/docs
	@scripts/bootstrap build
	@scripts/docs

deb: ## Builds the Debian package into .build/deb
	@scripts/bootstrap deb
	@scripts/deb

lint: ## Checks the format of the sources, the scripts, that imports point down, and what is made of openapi.json
	@scripts/bootstrap lint
	@swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	@shellcheck --severity=style $(SCRIPTS)
	@scripts/openapi --check
	@scripts/floors
	@! grep -rn --include='*.swift' --include='*.[ch]' 'natsSubscription_Fetch' Sources Tests || \
		{ echo "lint: natsSubscription_Fetch writes beyond its memory in libnats before 3.9: take a PullConsumer" >&2; false; }
	@echo "lint: $(words $(SWIFT_SOURCES)) source folders and files and $(words $(SCRIPTS)) scripts are in order"

bench: ## Measures the parser and the tree beside the machine's bounds, then ptrd beside curl and OTP (BENCH_ARGS="--only flood" for some)
	@scripts/bootstrap bench
	@set -f; scripts/bench $(BENCH_ARGS)

bench-quick: ## Sees in two minutes that what measures whole programs works: all messages counted, all figures there
	@scripts/bench-programs --quick

build: ## Builds all programs for debugging, into .build/debug
	@scripts/bootstrap build
	@scripts/build debug

release: ## Builds the optimized programs, into .build/release
	@scripts/bootstrap build
	@scripts/build release ptrd ptrctl ptrfeed

clean: ## Removes all that was built
	rm -rf .build Benchmarks/.build
