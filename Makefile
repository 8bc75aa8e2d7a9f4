# Two to know: `make demo` shows Waxwing with people in it, `make test` proves it works.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

# The same packages and features everywhere: another choice would compile Tauri and half the tree once more.
CARGO_ALL := --workspace --features waxwing/custom-protocol
BUILT := $(or $(CARGO_TARGET_DIR),target)/debug
RELEASED := $(or $(CARGO_TARGET_DIR),target)/release
STAGE := tests/setup/stage.sh
# a failing test says why in a sentence; where in the harness it was noticed does not help
export RUST_LIB_BACKTRACE ?= 0

.DEFAULT_GOAL := help
.PHONY: bench-name help setup build-packages window-packages package-packages bench-packages servers browser ui-packages toolchain ui build \
	demo run test check bench bundle notices contract format icons

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: toolchain build-packages window-packages package-packages servers ui-packages browser ## install all that is missing (Debian packages, test servers, npm packages)
	@echo "everything Waxwing needs is here"

demo: window-packages servers build ## a server, some people and a window to look at
	@echo "==> starting the demonstration"
	@$(BUILT)/waxwing-demo

run: build ## build Waxwing and start it
	@echo "==> starting Waxwing"
	@$(BUILT)/waxwing

test: window-packages package-packages servers browser build ## all tests: interface, crates, real servers, the real window, the package
	@$(STAGE) "the interface's tests" npm --prefix ui test
	@$(STAGE) "Rust tests" cargo test $(CARGO_ALL)
	@$(STAGE) "a clean Debian 12 (as root)" tests/setup/root.sh
	@$(STAGE) "the package, installed into it" cargo test $(CARGO_ALL) --test package

check: build-packages ui ## formatting, lints, types, layers, freshness of generated files
	@$(STAGE) "Rust formatting (make format repairs it)" cargo fmt --all --check
	@$(STAGE) "Rust lints" cargo clippy $(CARGO_ALL) --all-targets -- -D warnings
	@$(STAGE) "Rust lints of the package's test" cargo clippy $(CARGO_ALL) --test package -- -D warnings
	@$(STAGE) "the interface's formatting (make format repairs it)" npm --prefix ui run -s format:check
	@$(STAGE) "the interface's lints" npm --prefix ui run -s lint
	@$(STAGE) "the interface's types" npm --prefix ui run -s check
	@$(STAGE) "layers" cargo test $(CARGO_ALL) --test house
	@$(STAGE) "the contract is fresh (make contract repairs it)" \
		bash -euo pipefail -c 'cargo run -q -p waxwing-contract | diff -u ui/src/ipc/contract.ts -'
	@$(STAGE) "the list of licences is fresh (make notices repairs it)" tests/setup/notices.py --check

bench: bench-name build-packages $(if $(filter fuzz,$(NAME)),,window-packages bench-packages servers ui) ## one figure: make bench NAME=call, catchup, timeline, kill, start, accounts, signin, faults, soak, transfer or fuzz
ifeq ($(NAME),fuzz)
	@tests/setup/fuzz.sh
else
	@$(STAGE) "Waxwing, as it is released" cargo build --release $(CARGO_ALL) --bins --example empty
	@$(RELEASED)/waxwing-bench $(NAME)
endif

# Not the workspace's features here: exactly what the notices name is compiled in.
bundle: build-packages ui ## the package for Debian and Ubuntu, below target/bundle/release/
	@$(STAGE) "Waxwing, as it is released" cargo build --release --locked -p waxwing --features custom-protocol
	@$(STAGE) "the package" tests/setup/bundle.sh

notices: ui-packages ## list whose work ships, and under which licence
	@tests/setup/notices.py

contract: toolchain ## write the interface's types from the Rust contract
	@cargo run -q -p waxwing-contract > ui/src/ipc/contract.ts.new || { rm -f ui/src/ipc/contract.ts.new; exit 1; }
	@mv ui/src/ipc/contract.ts.new ui/src/ipc/contract.ts
	@echo "ui/src/ipc/contract.ts is written"

format: ui-packages ## format all code
	@$(STAGE) "formatting Rust" cargo fmt --all
	@$(STAGE) "formatting the interface" npm --prefix ui run -s format

ICON ?= icons/waxwing.svg
icons: ui-packages ## draw all icons from icons/waxwing.svg
	@test -f $(ICON) || { echo "$(ICON) is missing: it is what all icons are drawn from" >&2; exit 1; }
	@ui/node_modules/.bin/tauri icon $(ICON) --output icons
	@rm -rf icons/android icons/ios  # no telephones yet

bench-name:
	@case "$(NAME)" in call|catchup|timeline|kill|start|accounts|signin|faults|soak|transfer|fuzz) ;; *) echo "name one: make bench NAME=call, catchup, timeline, kill, start, accounts, signin, faults, soak, transfer or fuzz" >&2; exit 1 ;; esac

# The steps the others stand on. Each looks first and does only what is missing.

toolchain:
	@tests/setup/toolchain.sh

build-packages: toolchain
	@tests/setup/apt.sh build

window-packages:
	@tests/setup/apt.sh window

package-packages:
	@tests/setup/apt.sh package

bench-packages:
	@tests/setup/apt.sh bench

servers: toolchain
	@tests/setup/apt.sh servers
	@tests/setup/servers.sh

# a peer in a browser; the interface's packages hold the bundler
browser: ui-packages
	@tests/setup/browser.sh

ui-packages: toolchain ui/node_modules/.package-lock.json

# npm's own note of what it installed
ui/node_modules/.package-lock.json: ui/package-lock.json
	@$(STAGE) "npm packages" npm --prefix ui ci --no-fund --no-audit
	@touch $@

ui: ui-packages
	@$(STAGE) "the interface" npm --prefix ui run -s build

# the shell holds the built interface, so that comes first
build: build-packages ui
	@$(STAGE) "Waxwing" cargo build $(CARGO_ALL) --bins
