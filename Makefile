# The menu. What has logic is a program in scripts/; a recipe is a few commands.
.DEFAULT_GOAL := help
.PHONY: help run test test-setup test-bundles test-rust test-node test-browser lint fmt generated bench soak mutants fuzz screen

SHOP ?= cafe
PLUGINS ?= plugins/stamp-card plugins/hello-shop plugins/refund-guard
DEV_FLAGS ?=
SECONDS ?= 60
SOAK ?= 100

help: ## 이 목록 · this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: screen ## 카페를 열고 브라우저로 보여 줍니다 · opens the sample café in the browser, with three plugins (SHOP=retail PLUGINS=…)
	cargo run --bin madang -- dev $(PLUGINS) --shop $(SHOP) $(DEV_FLAGS)

test: node_modules/.installed ## 모든 검사, 처음부터 끝까지 · every check from set-up to a real browser
	@node scripts/test.mjs

test-setup: node_modules/.installed ## 검사에 필요한 것을 설치합니다 · installs what the tests need (Chromium and fonts, where it may)
	@node scripts/test-setup.mjs

test-bundles: tests/compat/built/.built ## 호환성 번들을 만듭니다 · builds the bundles that the sandbox is tried with, when they are stale

test-rust: test-bundles screen ## Rust 검사 · the Rust tests, documentation included
	@if cargo nextest --version >/dev/null 2>&1; then cargo nextest run --workspace; else cargo test --workspace --lib --bins --tests; fi
	cargo test --workspace --doc --quiet

test-node: node_modules/.installed ## TypeScript 검사 · SDK, screen, sample plugins, bundles; generated files are current
	npm run types:check -w screen
	npm test -w sdk -w screen -w tests/plugins -w tests/compat -w @madang/bench-report -w @madang/bench-plugin-host \
	  -w @madang/bench-gateway -w @madang/bench-import -w @madang/bench-mine

test-browser: screen ## 실제 브라우저로 처음부터 끝까지 · the till, end to end in Chromium
	cargo build --quiet --bin madang
	npm test -w @madang/e2e

lint: node_modules/.installed ## 형식과 규칙 · formatting, lints, types, bans, licences and sources of dependencies
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	npm run lint
	npm run typecheck
	@if cargo deny --version >/dev/null 2>&1; then cargo deny --log-level error check bans licenses sources \
	&& cargo deny --log-level error --manifest-path fuzz/Cargo.toml --config deny.toml check bans licenses sources; \
	else echo "cargo-deny is not installed: bans, licences and sources were not checked"; fi

fmt: ## 형식을 맞춥니다 · formats the Rust code
	cargo fmt --all

generated: node_modules/.installed ## 만들어지는 파일을 새로 씁니다 · writes every generated file anew
	MADANG_UPDATE=1 cargo test --quiet -p madang-server openapi
	UPDATE_DOCS=1 cargo test --quiet -p madang-plugin-protocol --test it
	npm run embed -w sdk
	npm run types -w screen

bench: node_modules/.installed ## 다른 방법과 견주어 잽니다 · figures beside Node, Chromium and other HTTP clients (BENCH_FLAGS=--quick)
	npm run build -w @madang/bench-bundle
	npm run bench -w @madang/bench-plugin-host -- $(BENCH_FLAGS)
	npm run bench -w @madang/bench-gateway -- $(BENCH_FLAGS)
	npm run bench -w @madang/bench-import -- $(BENCH_FLAGS)
	npm run bench -w @madang/bench-mine -- $(BENCH_FLAGS)

soak: ## 몇 시간 동안의 검사 · the same tests with SOAK times the counts, for hours, and the mutants; the results go to docs/
	@node scripts/soak.mjs $(SOAK)

mutants: ## 코드를 일부러 망가뜨려 봅니다 · breaks the gateway's decisions one by one; a test must notice each (docs/mutation.md)
	@node scripts/mutants.mjs

fuzz: ## 아무 입력이나 넣어 봅니다 · runs the fuzzers, SECONDS each (TARGETS="zip source")
	@node scripts/fuzz.mjs $(SECONDS) $(TARGETS)

screen: screen/dist/index.html ## 화면을 빌드합니다 · builds the till's screen, when it is stale

# What npm installed is as new as the lock file says.
node_modules/.installed: package-lock.json
	npm ci --loglevel=error
	@touch $@

BUNDLE_SOURCES := $(wildcard tests/compat/*.mjs tests/compat/independent-client/*.js tests/compat/libraries/*.js)

tests/compat/built/.built: node_modules/.installed $(BUNDLE_SOURCES)
	npm run build -w tests/compat
	@touch $@

SCREEN_SOURCES := $(shell find screen -path screen/node_modules -prune -o -path screen/dist -prune -o -type f -print 2>/dev/null)

screen/dist/index.html: node_modules/.installed $(SCREEN_SOURCES)
	npm run build -w screen
	@touch $@
