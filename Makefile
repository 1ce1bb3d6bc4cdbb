# Two commands do everything: `make run` and `make test`. The others are parts of them.

CARGO ?= cargo
export CARGO_TERM_COLOR ?= never
# All that tests run comes from here: for another set of packages, Cargo would build most libraries once more.
BUILD = $(CARGO) build --workspace --all-targets --locked
SOAK = $(CARGO) test --workspace --locked --test it -- --ignored --nocapture calls::soak

.PHONY: help run test web web-test setup setup-build setup-tests check lint deny advisories unit count sdk screenshots soak soak-short deb package-test bench bench-calls clean

help:  ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

run: setup-build  ## Build what is needed and run a server for development
	@scripts/build-web.sh --if-possible
	$(CARGO) run --locked -- dev $(ARGS)

test: setup web check web-test unit count soak-short sdk package-test  ## Install what the tests need, then run all of them
	@echo "make test: all checks and tests passed"

setup: setup-build setup-tests

setup-build:  ## Install what the build needs
	@scripts/setup-build.sh

setup-tests: setup-build  ## Install what the tests need: browser, SDKs, tools
	@scripts/setup-tests.sh

web:  ## Build the pages that the program serves (needs Node.js)
	@scripts/build-web.sh

web-test: web  ## Types, style and unit tests of the pages
	cd web && npm run --silent check && npm test --silent

check: lint deny  ## Formatting, lints, borders, generated files, licences

lint: setup-build
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(BUILD)
	target/debug/xtask tidy
	target/debug/xtask codegen --check

deny: setup-build
	@scripts/cargo-deny.sh check bans licenses sources

advisories: setup-build  ## Known vulnerabilities in dependencies (fetches the advisory database)
	@scripts/cargo-deny.sh check advisories

unit: setup-build web  ## The Rust tests: unit, property, corpus replay, and the real program over its ports
	$(CARGO) test --workspace --locked --no-fail-fast

count: setup-tests  ## Instructions for each forwarded packet, against a bound
	@scripts/count-forwarding.sh

sdk: setup-tests web  ## The official SDKs, a real browser, OpenAPI clients, against the real program
	$(BUILD)
	sdk-tests/run.sh

screenshots: setup-tests web  ## The pictures of the README, anew
	$(BUILD)
	node sdk-tests/screenshots.mjs

soak: setup-build  ## Half an hour of people who come, publish, watch, talk, write and go: nothing may be left of them
	SOAK_SECS=1800 $(SOAK)

soak-short: setup-build
	SOAK_SECS=120 $(SOAK)

deb: setup-build web  ## A Debian package of a release build, in target/deb
	$(CARGO) build --release --locked
	@scripts/build-deb.sh

package-test: setup-tests web  ## The package installed, used, upgraded, removed (wants root); the container's files read
	$(BUILD)
	scripts/package-test.sh
	scripts/container-test.sh

bench: setup-build web  ## All benchmarks; prints the table of docs/performance.md
	$(CARGO) build --locked --release
	$(CARGO) run --locked --release -p greenroom-bench -- all
	$(CARGO) bench --locked -p greenroom-mixer --bench tick

bench-calls: setup-build  ## The benchmarks of calls, beside Debian's Janus (wants root)
	@scripts/setup-bench.sh
	$(CARGO) build --locked --release
	$(CARGO) run --locked --release -p greenroom-bench -- calls

clean:
	$(CARGO) clean
	rm -rf web/node_modules web/dist/pages sdk-tests/node_modules sdk-tests/.venv sdk-tests/output .tools
