# What is done often. `make help` lists it; CONTRIBUTING.md says when to use what.

SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.DEFAULT_GOAL := help

GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.8.0
VERSITYGW   := github.com/versity/versitygw/cmd/versitygw@v1.8.0
NESTED      := bench/pocketbase conformance/kodo
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)
STEP        := .ci/step

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.PHONY: build
build: ## the static binary ./stoa, as it is released
	@CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o stoa .
	ls -l stoa

.PHONY: test
test: ## all Go tests (they need Go alone)
	@go test ./...

.PHONY: versitygw
versitygw: ## the S3 server that the tests of storage use, into .ci/bin (set STOA_VERSITYGW to it)
	@if [ -z "$${STOA_VERSITYGW:-}" ] && [ ! -x .ci/bin/versitygw ]; then GOBIN="$(CURDIR)/.ci/bin" go install $(VERSITYGW); fi

.PHONY: check
check: format vet lint tidy race static ui browser nested conformance unit vulnerable ## everything that must be green before a change is done
	@echo "check: all steps passed"

.PHONY: format
format: ## Go files are formatted
	@$(STEP) format .ci/format

.PHONY: vet
vet: ## go vet
	@$(STEP) vet go vet ./...

.PHONY: lint
lint: ## golangci-lint with .golangci.yml
	@$(STEP) lint go run $(GOLANGCI) run ./...

.PHONY: tidy
tidy: ## go.mod and go.sum hold what is used, no more
	@$(STEP) tidy go mod tidy -diff

.PHONY: race
race: ## the Go tests with the race detector
	@$(STEP) race go test -race -timeout 20m ./...

.PHONY: static
static: ## the release binary is static and runs
	@$(STEP) static .ci/static

.PHONY: ui
ui: ## the console: lint, types, unit tests, and ui/dist is what the sources make
	@$(STEP) ui-install npm --prefix ui ci --ignore-scripts --no-audit --no-fund
	$(STEP) ui-lint npm --prefix ui run lint
	$(STEP) ui-types npm --prefix ui run types
	$(STEP) ui-test npm --prefix ui test
	$(STEP) ui-build .ci/dist

.PHONY: browser
browser: ## Playwright against the real binary (needs Chromium and `make ui` before)
	@$(STEP) browser .ci/browser

.PHONY: nested
nested: ## the modules that are not part of the product: vet and tidy
	@for module in $(NESTED); do $(STEP) "nested $$module" .ci/nested "$$module"; done

.PHONY: conformance
conformance: ## Qiniu's SDKs for Go and Node.js, unmodified, against the real binary
	@$(STEP) conformance .ci/conformance conformance/kodo

.PHONY: unit
unit: ## the systemd unit's exposure is below 2.0
	@$(STEP) unit .ci/unit

.PHONY: vulnerable
vulnerable: ## known vulnerabilities in what the binary calls
	@$(STEP) vulnerable .ci/vulnerable $(GOVULNCHECK)

.PHONY: bench
bench: ## stoa beside PocketBase into bench/RESULTS.md (10 minutes; QUICK=1: two, screen only)
	@go run ./bench $(if $(QUICK),-quick)

.PHONY: dist
dist: ## rebuild ui/dist from ui/src (needs Node)
	@npm --prefix ui ci --ignore-scripts --no-audit --no-fund
	npm --prefix ui run build
