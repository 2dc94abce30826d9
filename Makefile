# Every task of the project; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

GO ?= go
TOOLS        := $(CURDIR)/.tools
LINT_VERSION := v2.15.0
LINT         := $(TOOLS)/golangci-lint-$(LINT_VERSION)

.PHONY: help
help: ## list the tasks
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## serve the sample chains on 127.0.0.1:8080
	@$(GO) build -o bin/app ./cmd/app
	@exec bin/app

.PHONY: build
build: ## build the command into bin/homing
	$(GO) build -trimpath -o bin/homing ./cmd/homing

# What `sam build` calls for every function of template.yaml: they are one
# program, which is linked once into $(BOOTSTRAP), as Go leaves alone what is up to
# date, and copied. The tag leaves out an invocation mode of old that drags in
# net/rpc.
BOOTSTRAP := bin/linux-arm64/bootstrap
build-%:
	GOOS=linux GOARCH=arm64 CGO_ENABLED=0 $(GO) build -trimpath -tags lambda.norpc -ldflags "-s -w" -o $(BOOTSTRAP) ./cmd/app
	cp $(BOOTSTRAP) "$(ARTIFACTS_DIR)/bootstrap"

# Beside Go the tests need a C compiler for the race detector, curl, kubectl, openssl
# and Node.js for the README's lines, for a step in JavaScript and for dynalite, Python
# for moto, Valkey and the SAM CLI, redis-server, and Chromium for what pages see.
.PHONY: needs
needs:
	@missing=; for tool in gcc curl node npm python3 redis-server kubectl openssl chromium; do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	python3 -c 'import ensurepip' 2>/dev/null || missing="$$missing python3-venv"; \
	[ -z "$$missing" ] && exit 0; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y gcc libc6-dev curl nodejs npm python3 python3-venv redis-server kubernetes-client openssl chromium; \
	else echo "the tests need$$missing: please install" >&2; exit 1; fi

# What the fast loop leaves to `make test`: packages whose tests start servers or
# other processes, and the long simulation.
SLOW := adapter/reply/(dynamodb|redis)|cmd/homing|internal/dynalite|internal/emulator|tests/(aws|browser|console|e2e|journey|fmea.*|oidc|poll.*)

# What is run one package after the other: each starts enough processes to keep a
# machine busy, and holds what it sees to times that callers know.
WHOLE := cmd/homing|tests/(aws|browser|console|e2e|fmea.*|journey|oidc)

.PHONY: check
check: ## build, vet and run the tests that need no server, without the race detector
	$(GO) build ./...
	$(GO) vet ./...
	$(GO) test $$($(GO) list ./... | grep -vE '/homing/($(SLOW))$$')

.PHONY: size
size: ## print lines of code for each package, importable packages and exported names
	@$(GO) run ./tests/size

.PHONY: test
test: needs sam ## run all tests with the race detector
	$(GO) test -race -timeout 15m $$($(GO) list ./... | grep -vE '/homing/($(WHOLE))$$')
	$(GO) test -race -timeout 15m -p 1 $$($(GO) list ./... | grep -E '/homing/($(WHOLE))$$')
	$(GO) test -run Alloc -count 1 ./adapter/... ./runtimes/vertex ./internal/tracing
	$(MAKE) --no-print-directory -j2 $(MODULES:%=test-of/%)

# Modules of their own, for what they require is not for the users of Homing. Their
# tests wait more than they work, so two run at once.
MODULES := tests/knative tests/trace tests/bench infra/release infra/observability infra/image tests/kubernetes

.PHONY: $(MODULES:%=test-of/%)
$(MODULES:%=test-of/%): test-of/%:
	cd $* && $(GO) test -timeout 30m ./...

.PHONY: lint
lint: $(LINT) ## run every linter that .golangci.yml does not exclude, and check that modules are tidy
	$(LINT) run ./...
	set -e; for module in $(MODULES); do (cd $$module && $(LINT) run ./...); done
	set -e; for module in . $(MODULES); do (cd $$module && $(GO) mod tidy -diff); done
	$(GO) mod verify

$(LINT):
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS)/install $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv $(TOOLS)/install/golangci-lint $@ && rmdir $(TOOLS)/install

.PHONY: generate
generate: ## write the manifests for Knative and Kubernetes and the SAM template of chain.yaml, the pages of the settings and of chain.yaml, and the page of the console
	$(GO) run ./internal/settings/page docs/configuration.md
	$(GO) run ./internal/console/pack internal/console
	$(GO) run ./internal/chainpage docs/chain.md docs/chain.schema.json
	$(GO) run ./cmd/homing generate knative
	$(GO) run ./cmd/homing generate kubernetes
	$(GO) run ./cmd/homing generate sam
	$(GO) run ./cmd/homing/internal/scaffold/publish
	cd infra/observability && $(GO) run .

.PHONY: release
release: ## write archives, a wheel, packages for npm, bills of materials and checksums of the tagged commit into dist
	cd infra/release && $(GO) run .

PACKAGE := ./cmd/app
.PHONY: image
image: ## build a container image of PACKAGE (./cmd/app) into bin/image, without a container engine, or push it to IMAGE=REGISTRY/ACCOUNT/homing:TAG
	cd infra/image && $(GO) run . -package '$(PACKAGE)' -push '$(IMAGE)'

SAM := $(TOOLS)/sam
.PHONY: sam
sam: needs $(SAM)/.installed ## install the AWS SAM CLI, pinned, into .tools; it brings Lambda's runtime interface emulator
$(SAM)/.installed: infra/sam/requirements.txt
	python3 -m venv --clear $(SAM)
	$(SAM)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# cfn-lint and checkov, pinned beside the SAM CLI, whose own cfn-lint is older.
CHECKS := $(TOOLS)/template
$(CHECKS)/.installed: infra/aws/requirements.txt | needs
	python3 -m venv --clear $(CHECKS)
	$(CHECKS)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.PHONY: template
template: export SAM_CLI_TELEMETRY := 0
template: export AWS_DEFAULT_REGION := us-east-1
template: sam $(CHECKS)/.installed ## check template.yaml with cfn-lint and checkov, and build it with the SAM CLI
	$(SAM)/bin/sam validate --lint
	@mkdir -p .aws-sam/examples && sed 's/^  #~ /  /' template.yaml > .aws-sam/examples/template.yaml
	$(CHECKS)/bin/cfn-lint template.yaml .aws-sam/examples/template.yaml templates/go/app/template.yaml
	$(CHECKS)/bin/checkov --config-file infra/aws/checkov.yaml --file template.yaml
	$(SAM)/bin/sam build

OPENAPI := $(TOOLS)/openapi
.PHONY: openapi
openapi: build $(OPENAPI)/.installed ## check OpenAPI documents, type-check clients by them, and call the samples by them, open and with tokens
	$(GO) build -o $(OPENAPI)/app ./tests/openapi/app
	tests/openapi/run bin/homing $(OPENAPI)/app $(OPENAPI)
$(OPENAPI)/.installed: tests/openapi/requirements.txt tests/openapi/client/package-lock.json | needs
	python3 -m venv --clear $(OPENAPI)
	$(OPENAPI)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	mkdir -p $(OPENAPI)/client && cp tests/openapi/client/package*.json $(OPENAPI)/client
	cd $(OPENAPI)/client && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

.PHONY: soak
soak: ## make 1,000,000 calls while every process is killed, stopped, cut off and slowed, and print the ledger (SOAK='-calls N -seed N -store NAME -duration D')
	$(GO) run ./tests/fmea/ledger $(SOAK)

.PHONY: cuts
cuts: ## cut the connections of the reply store on Redis at every byte of the protocol
	$(GO) test -run CutAtEveryByte -count 1 -timeout 1h -v ./adapter/reply/redis -every

.PHONY: fuzz
fuzz: ## run every fuzzer for 20 s
	@set -e; grep -rl --include='*_test.go' 'func Fuzz' . | xargs -n1 dirname | sort -u | while read -r dir; do \
		grep -ho 'func Fuzz[A-Za-z0-9]*' "$$dir"/*_test.go | awk '{print $$2}' | while read -r name; do \
			echo "$$dir $$name"; $(GO) test "$$dir" -run '^$$' -fuzz "^$$name\$$" -fuzztime 20s -fuzzminimizetime 20x; \
		done; \
	done

.PHONY: bench
bench: ## measure Homing beside its peers, in 12 minutes; needs wrk (apt-get install wrk) and Node.js
	cd tests/bench && $(GO) run . $(BENCH)

.PHONY: bench-poll
bench-poll: ## compare the poller with other schedules, simulated; write tables and plots into docs (BENCH=-real: on dynalite, too)
	$(GO) run ./tests/poll -write docs $(BENCH)
