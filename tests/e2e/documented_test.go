package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	function "github.com/homing-dev/homing"
	"github.com/homing-dev/homing/functions/chainfile"
	manifests "github.com/homing-dev/homing/internal/generate/knative"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// documented is who executes a documented line: this test, a test elsewhere, or
// CI. One that needs an account, a cluster or a registry says what is tested in
// its place.
type documented struct {
	run     func(t *testing.T, line string)
	file    string // of the test that executes the line
	test    string
	ci      string // a line of .ci/run
	instead string // what is tested of a line that nobody can execute here
}

func documentedLines() map[string]documented {
	inTests := func(test string, file ...string) documented {
		return documented{test: test, file: filepath.Join(file...)}
	}
	readme, command := inTests("TestCommandsOfTheREADME", "tests", "e2e", "readme_test.go"), "cmd/homing"
	brokersLetters := inTests("TestDeadLettersOfABrokerAreListedShownAndRedriven", "tests", "e2e", "deadletter_test.go")
	deadLetters := inTests("TestEventOfACrashIsListedShownAndSentAgain", "tests", "aws", "deadletter_test.go")
	local := inTests("TestLocalServesTheChainsAsTheyAreDeployed", command, "local_test.go")
	kustomized := inTests("TestKustomizeTakesEveryShape", "tests", "knative", "kustomize_test.go")
	secretIsTaken := inTests("TestTheSecretThatIsDocumentedIsTaken", "tests", "knative", "secret_test.go")
	image := inTests("TestTheSameCommitIsTheSameImageWhereverItIsBuilt", "infra", "image", "image_linux_test.go")
	plainKustomized := inTests("TestKustomizeTakesEveryShape", "tests", "kubernetes", "manifests_test.go")
	kubectlKnows := inTests("TestKubectlKnowsEveryLine", "tests", "kubernetes", "kubectl_test.go")
	chart := inTests("TestTheChartTakesTheLinesOfThePages", "tests", "kubernetes", "helm_test.go")
	funcIsMissing := documented{instead: "func is no module and no package here; tests/knative reads func.yaml by func's own types"}
	firstDay := inTests("TestTheFirstDayIsAsItsPagesSay", "tests", "journey", "firstday_test.go")
	newApp := inTests("TestANewAppInGoBuildsAndPassesItsTests", "tests", "journey", "journey_test.go")
	newWords := inTests("TestANewAppOfRemoteStepsIsServed", "tests", "journey", "journey_test.go")
	callbacks := inTests("TestTheGuideOfCallbacks", "tests", "e2e", "callbackguide_test.go")
	return map[string]documented{
		"homing new shop":                                           newApp,
		"cd shop && homing dev":                                     newApp,
		"homing new words --lang python":                            newWords,
		"cd words && homing dev":                                    newWords,
		"homing new shop --source FOLDER":                           inTests("TestANewAppBuildsWithACheckout", command, "new_test.go"),
		"go install ./cmd/homing":                                   {instead: "every test of the command builds it"},
		"go install github.com/homing-dev/homing/cmd/homing@latest": newApp,
		"homing new NAME":                                           newApp,
		"homing new .":                                              inTests("TestANewAppOfRemoteStepsPassesItsTests", command, "new_test.go"),
		"homing new shop --from FOLDER":                             inTests("TestATemplateOfTheUsersOwn", command, "internal", "scaffold", "app_test.go"),
		"homing add function NAME":                                  newApp,
		"homing add function price":                                 newApp,
		"homing add function price.discount --chain price":          inTests("TestANewAppOfRemoteStepsPassesItsTests", command, "new_test.go"),
		`homing add function price --route "POST /price"`:           inTests("TestAddPutsALineIntoTheMap", command, "internal", "scaffold", "add_test.go"),
		`curl -H 'Content-Type: application/json' -d '{"name":"Ada"}' http://127.0.0.1:8080/greet`:                                                                                        newApp,
		`export HOMING_CALLBACKS=http://localhost:9000 HOMING_CALLBACK_KEYS="whsec_$(openssl rand -base64 32)"`:                                                                           callbacks,
		"curl -sS -i -H 'Prefer: respond-async' -H 'Homing-Callback: http://localhost:9000/done' -H 'Content-Type: application/json' -d @testdata/order.json http://127.0.0.1:8080/quote": callbacks,
		"homing trace":   inTests("TestTraceShowsARequestStepByStep", command, "watch_test.go"),
		"homing logs -f": inTests("TestLogsAreShownAndFollowed", command, "watch_test.go"),
		"homing top":     inTests("TestTopShowsChainsAndSteps", command, "watch_test.go"),
		"go test -run - -bench Plain ./internal/console":                        {instead: "a measurement"},
		"go test ./adapter -run - -bench Admission -benchtime 20000x -count 60": {instead: "a measurement"},
		"go mod tidy": inTests("TestANewAppIsThereThoughTheNetworkIsNot", command, "new_test.go"),

		"make run": {run: runsServer},
		"curl -sS -H 'Content-Type: application/json' -d @testdata/order.json http://127.0.0.1:8080/quote":                              readme,
		"curl -sS -H 'Content-Type: image/jpeg' --data-binary @testdata/photo.jpg 'http://127.0.0.1:8080/thumbnail?w=320' -o thumb.jpg": readme,
		"make test":                  {ci: "make test"},
		"make lint":                  {ci: "make lint"},
		"make template":              {ci: "make template"},
		"make openapi":               {ci: "make openapi"},
		"make check":                 {run: isTask}, // a part of make test
		"go test -v ./tests/journey": {ci: "make test"},
		"make help":                  {run: runs},
		"make size":                  {run: runs},
		"make fuzz":                  {run: isTask}, // minutes
		"make bench":                 {run: isTask},
		"make bench-poll":            {run: isTask},
		"make soak":                  {run: isTask},
		"make cuts":                  {run: isTask},
		"make release":               inTests("TestWhatIsPublishedInstallsAndKnowsItsVersion", "infra", "release", "release_test.go"),
		"make image":                 image,
		"make image IMAGE=REGISTRY/ACCOUNT/homing:TAG":                                                    inTests("TestAnImageIsPushedUnderItsTagWithItsBill", "infra", "image", "image_linux_test.go"),
		"make image PACKAGE=./cmd/homing":                                                                 image,
		"KO_DOCKER_REPO=REGISTRY/ACCOUNT/shop go run github.com/google/ko@v0.19.1 build --bare ./cmd/app": inTests("TestKoBuildsAnAppByItsModule", "infra", "image", "image_linux_test.go"),
		"homing version":                  inTests("TestWhatIsPublishedInstallsAndKnowsItsVersion", "infra", "release", "release_test.go"),
		"homing --version":                inTests("TestWhatIsPublishedInstallsAndKnowsItsVersion", "infra", "release", "release_test.go"),
		"make generate":                   {run: isTask}, // writes files, which tests hold fresh
		"homing chain validate":           inTests("TestValidateOfAnApp", command, "chain_test.go"),
		"homing chain graph":              inTests("TestGraph", command, "chain_test.go"),
		"homing invoke":                   inTests("TestReplyIsTheSameHereAndOnAServerHoweverItIsAskedFor", command, "invoke_test.go"),
		"homing local":                    local,
		"deadletter show ID":              deadLetters,
		"deadletter redrive ID":           deadLetters,
		"homing deadletter redrive --all": inTests("TestDeadLettersAreRedriven", command, "deadletter_test.go"),
		"homing deadletter redrive ID":    inTests("TestAReplyThatWasNotDeliveredIsDeliveredAgain", command, "deadlettercallback_test.go"),
		"make bench BENCH=-write":         {run: isTask},
		"make bench BENCH=-lambda":        {run: isTask},
		"make bench BENCH=-redis":         {run: isTask},
		"make bench BENCH=-overload":      {run: isTask},

		`make bench BENCH="-redis -rounds 5 -duration 2s"`: {run: isTask},
		"go run . -traces -rounds 10":                      {instead: "a measurement"},
		"go run . -overload":                               {instead: "a measurement"},
		"func deploy --builder=host --registry REGISTRY/ACCOUNT": {
			instead: "tests/knative builds and serves what func does, and reads func.yaml by func's own types",
		},
		"KO_DOCKER_REPO=REGISTRY/ACCOUNT/homing ko build --bare --tags TAG ./cmd/app": {run: namesTheImage},
		"KO_DOCKER_REPO=REGISTRY/ACCOUNT/app ko build --bare --tags TAG ./cmd/app":    {run: namesTheImage},

		"kubectl apply -k infra/knative/vertex": kustomized,
		"kubectl create secret generic homing --from-literal=tokens=\"alice=$(openssl rand -hex 32)\" --from-literal=reply-keys=\"k1=$(openssl rand -hex 32)\"":                                                                                                                                                                                                      secretIsTaken,
		"kubectl create secret generic shop --from-literal=tokens=\"alice=$(openssl rand -hex 32)\" --from-literal=reply-keys=\"k1=$(openssl rand -hex 32)\"":                                                                                                                                                                                                        secretIsTaken,
		`kubectl create secret generic homing --namespace default --from-literal=tokens="TENANT=$(openssl rand -hex 32)"`:                                                                                                                                                                                                                                            secretIsTaken,
		`kubectl create secret generic homing --namespace default --from-literal=tokens="TENANT=$(openssl rand -hex 32)" --from-literal=reply-keys="k1=$(openssl rand -hex 32)"`:                                                                                                                                                                                     secretIsTaken,
		`kubectl create secret generic homing --namespace default --from-literal=tokens="TENANT=$(openssl rand -hex 32)" --from-literal=store="redis://USER:PASSWORD@HOST:6379" --from-literal=link-keys="k1=$(openssl rand -hex 32)"`:                                                                                                                               secretIsTaken,
		`kubectl create secret generic homing --namespace default --from-literal=tokens="TENANT=$(openssl rand -hex 32)" --from-literal=store="redis://USER:PASSWORD@HOST:6379" --from-literal=reply-keys="k1=$(openssl rand -hex 32)"`:                                                                                                                              secretIsTaken,
		`kubectl create secret generic homing --namespace default --from-literal=store="redis://USER:PASSWORD@HOST:6379"`:                                                                                                                                                                                                                                            secretIsTaken,
		"kubectl apply -k FOLDER --prune -l homing.dev/app=homing --prune-allowlist serving.knative.dev/v1/Service --prune-allowlist eventing.knative.dev/v1/Trigger --prune-allowlist eventing.knative.dev/v1/Broker --prune-allowlist sources.knative.dev/v1/SinkBinding --prune-allowlist networking.k8s.io/v1/NetworkPolicy --prune-allowlist core/v1/ConfigMap": kustomized,
		"homing deadletter list --store redis://USER:PASSWORD@HOST:6379":                      brokersLetters,
		"homing deadletter redrive --all --store redis://USER:PASSWORD@HOST:6379":             brokersLetters,
		"homing generate knative --shape vertex --name shop --image REGISTRY/ACCOUNT/app:TAG": {run: generates},
		"homing generate knative --shape split --name shop --image REGISTRY/ACCOUNT/app:TAG":  {run: generates},
		"kubectl get ksvc shop-adapter":                                                       {instead: "a cluster is missing; tests/knative reads the Service of that name"},
		"kubectl apply -k infra/knative/split --prune -l homing.dev/app=shop --prune-allowlist serving.knative.dev/v1/Service --prune-allowlist eventing.knative.dev/v1/Trigger --prune-allowlist eventing.knative.dev/v1/Broker --prune-allowlist sources.knative.dev/v1/SinkBinding --prune-allowlist networking.k8s.io/v1/NetworkPolicy --prune-allowlist core/v1/ConfigMap": kustomized,
		"kubectl delete -k infra/knative/split": kustomized,
		"kubectl delete secret shop":            {instead: "a cluster is missing"},
		"kubectl apply --prune":                 kustomized,
		"homing generate sam --shape vertex":    {run: generates},
		"aws secretsmanager create-secret --name shop/FRAUD_KEY --secret-string VALUE": {instead: "an account is missing"},
		"sam deploy --guided":                          inTests("TestEnterAloneDeploysWhatIsNotOpen", "tests", "aws", "guided_test.go"),
		"sam deploy --parameter-overrides Shape=split": {instead: "an account is missing; tests/aws deploys every shape by the emulator"},
		"sam delete": {instead: "an account is missing"},
		"go run ./cmd/homing generate knative --image REGISTRY/ACCOUNT/homing:TAG":                                                    {run: generates},
		"go run ./cmd/homing generate sam":                                                                                            {run: generates},
		"HOMING_ROLE=vertex HOMING_LISTEN=127.0.0.1:8081 go run ./cmd/app":                                                            {run: runsRoles},
		"HOMING_ROLE=adapter HOMING_LISTEN=127.0.0.1:8080 HOMING_VERTEX_URL=http://127.0.0.1:8081 go run ./cmd/app":                   {run: runsRoles},
		"sam build && sam deploy --guided":                                                                                            {ci: "make template", instead: "an account is missing for the second half"},
		`curl -sS API_URL/quote -H "Authorization: Bearer $HOMING_TOKEN" -H 'Content-Type: application/json' -d @testdata/order.json`: {run: callsQuote},
		"export HOMING_TOKEN=$(aws secretsmanager get-secret-value --secret-id homing-token --query SecretString --output text)": {
			instead: "an account is missing; internal/generate/sam holds what the secret has",
		},
		"export HOMING_TOKEN=$(aws secretsmanager get-secret-value --secret-id shop-token --query SecretString --output text)": {
			instead: "an account is missing; internal/generate/sam holds what the secret has",
		},
		"sam deploy --parameter-overrides Authorizer=jwt JwtIssuer=https://login.example.com/ JwtAudience=https://shop.example.com": {
			instead: "an account is missing; tests/oidc deploys it by the emulator, with an issuer of its own",
		},
		`curl -sS --aws-sigv4 aws:amz:us-east-1:execute-api --user local:local API_URL/greet -H 'Content-Type: application/json' -d '{"name":"Ada"}'`: inTests(
			"TestTheGatewayChecksSignatures", "tests", "oidc", "gateway_test.go"),
		`curl -X POST EVENTS_URL/Orders -d '{"order":1}'`:                                                                         inTests("TestEventsAreSentByHand", "internal", "emulator", "events_test.go"),
		`curl -sS API_URL/greet -H "Authorization: Bearer $HOMING_TOKEN" -H 'Content-Type: application/json' -d '{"name":"Ada"}'`: local,
		"go install github.com/homing-dev/homing/cmd/homing@v0.1.0":                                                               {instead: "there is no registry here that has it; tests build the command of a tagged commit"},
		"sam init --location infra/sam/init --name shop":                                                                          inTests("TestAnAppOfSAMInitBuildsAndPassesItsTests", "tests", "journey", "journey_test.go"),
		"sam deploy": {instead: "an account is missing"},
		"go run ./cmd/homing local --build --parameter Shape=split":                                        local,
		"export HOMING_DEAD_LETTERS=QUEUE_URL # the output DeadLetterQueueUrl":                             deadLetters,
		"go run ./cmd/homing deadletter list":                                                              deadLetters,
		"homing deadletter list --store redis://127.0.0.1:6379":                                            brokersLetters,
		"homing deadletter show ID --store redis://127.0.0.1:6379":                                         brokersLetters,
		"homing deadletter redrive --all --late --store redis://127.0.0.1:6379 --to http://127.0.0.1:8081": brokersLetters,
		"homing serve":            inTests("TestServeAnswersAndEndsWithCode0", command, "serve_test.go"),
		"homing generate knative": {run: generates},
		"homing generate kubernetes --shape inline --image REGISTRY/ACCOUNT/shop@DIGEST":               {run: generates},
		"homing generate kubernetes --shape inline --image REGISTRY/ACCOUNT/shop@DIGEST --store redis": {run: generates},
		"homing generate kubernetes": {run: generates},
		"go run ./cmd/homing generate kubernetes --image REGISTRY/ACCOUNT/homing:TAG": {run: generates},
		"homing local --build":                        local,
		"export HOMING_TOKEN=$(openssl rand -hex 32)": {run: setsToken},
		"kubectl create secret generic shop --from-literal=tokens=\"ada=$HOMING_TOKEN\"":               kubectlKnows,
		"kubectl create secret generic homing --from-literal=tokens=\"alice=$(openssl rand -hex 32)\"": kubectlKnows,
		"kubectl apply -k infra/kubernetes/inline":                                                     plainKustomized,
		"kubectl delete -k infra/kubernetes/inline":                                                    plainKustomized,
		"kubectl rollout status deployment/shop":                                                       kubectlKnows,
		"kubectl port-forward service/shop 8080:80":                                                    kubectlKnows,
		"kubectl logs -l app.kubernetes.io/name=shop":                                                  kubectlKnows,
		"kubectl top pods -l app.kubernetes.io/name=shop":                                              kubectlKnows,
		"kubectl logs -l serving.knative.dev/service=shop -c user-container":                           kubectlKnows,
		"curl -sS http://127.0.0.1:8080/greet -H \"Authorization: Bearer $HOMING_TOKEN\" -H 'Content-Type: application/json' -d '{\"name\":\"Ada\"}'": firstDay,
		"curl -sS URL/greet -H \"Authorization: Bearer $HOMING_TOKEN\" -H 'Content-Type: application/json' -d '{\"name\":\"Ada\"}'":                   firstDay,
		"helm install shop infra/helm/homing --set image=REGISTRY/ACCOUNT/shop@DIGEST":                                                                chart,
		"helm uninstall shop": chart,
		"func config envs add --name=HOMING_TOKENS --value='{{ secret:shop:tokens }}'": funcIsMissing,
		"func delete shop":                            funcIsMissing,
		"sam logs --stack-name shop":                  {run: samKnows},
		"sam logs --stack-name shop --include-traces": {run: samKnows},
		"sam delete --stack-name shop":                {run: samKnows},
		"homing generate sam":                         {run: generates},
		"homing generate knative --store redis":       {run: generates},
		"homing generate sam --store redis":           {run: generates},
		"sed 's/^  #~ /  /' template.yaml > events.yaml && sam validate --lint --template events.yaml": inTests("TestTheExamplesOfEventsAreValidForTheSAMCLI", "tests", "aws", "events_test.go"),
		"go run ./cmd/homing help":                                          {run: runs},
		"go test ./runtimes/vertex -run TestRetryUntilAnAttemptSucceeds":    {run: findsTests},
		"go test -bench Binding ./internal/cloudevents":                     {run: findsTests},
		"go test -bench Request ./tests/poll/simulate":                      {run: findsTests},
		"go test ./internal/generate/sam -run Fresh -update":                {run: findsTests},
		"go test ./tests/aws -run '^$' -bench Local/vertex -benchtime 300x": {instead: "a measurement of minutes; tests/aws makes the same calls"},
		"go test ./internal/emulator/invoke -run '^$' -bench Memory":        {instead: "a measurement; the tests beside it read the same memory"},
		"go run ./tests/fmea/ledger -h":                                     {instead: "the tests beside it run the ledger"},
		"homing check URL":                                                  inTests("TestCheckSaysWhatAStepDoesAndHowToMendIt", command, "check_test.go"),
		"homing dev":                                                        inTests("TestAnEditIsServedAndABrokenOneIsNot", command, "internal", "dev", "dev_test.go"),
		"homing deploy aws":                                                 inTests("TestDeployPrintsEveryCommand", command, "deploy_test.go"),
		"homing deploy knative":                                             inTests("TestDeployRunsWhatItPrints", command, "deploy_test.go"),
		"homing serve --compress=false":                                     {instead: "the tests of adapter switch it off; those of settings read the flag"},
		"sam build":                                                         {ci: "make template"},
		"go run ./tests/poll -real":                                         {instead: "a measurement of minutes; tests/poll runs its parts"},
		"go run . -profile DIR":                                             inTests("TestProfilesOfEveryServer", "tests", "bench", "main_test.go"),
		"go run . -write":                                                   {instead: "a measurement of minutes; tests/bench makes a short run"},
		"kubectl port-forward deploy/homing-adapter 9090":                   {instead: "a cluster is missing"},
		"curl -X PUT -d debug http://127.0.0.1:9090/log-level":              inTests("TestTheLevelIsSetFromThisMachineAlone", "internal", "observe", "listener", "listener_test.go"),
		"go tool pprof":                                                     {instead: "it is Go's"},
	}
}

// TestEveryDocumentedLineIsExecuted finds the lines for a shell in the README, in
// docs, and in the comments of the manifests. One that is new has to be added above.
func TestEveryDocumentedLineIsExecuted(t *testing.T) {
	t.Parallel()
	known := documentedLines()
	seen := map[string]bool{}
	for _, line := range shellLines(t) {
		if seen[line] {
			continue
		}
		seen[line] = true
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			by, ok := known[line]
			switch {
			case !ok:
				t.Errorf("nothing executes %q", line)
			case by.run != nil:
				by.run(t, line)
			case by.test != "":
				if !strings.Contains(sample(t, by.file), "func "+by.test+"(t *testing.T)") {
					t.Errorf("%s has no %s", by.file, by.test)
				}
			case by.ci != "":
				if !slices.Contains(strings.Split(sample(t, ".ci", "run"), "\n"), by.ci) {
					t.Errorf("CI does not run %s", by.ci)
				}
			case by.instead == "":
				t.Error("who executes it?")
			}
		})
	}
	for line := range known {
		if !seen[line] {
			t.Errorf("%q is documented nowhere", line)
		}
	}
}

// inlineCommand is a command in the text: `make help`.
var inlineCommand = regexp.MustCompile("`((?:[A-Z_]+=\\S+ )?(?:make|homing|go|sam|ko|kubectl|deadletter|npm|npx) [^`]+)`")

func shellLines(t *testing.T) (lines []string) {
	t.Helper()
	files := []string{filepath.Join("..", "..", "infra", "aws", "costs.md")}
	for _, folder := range []string{"docs", filepath.Join("docs", "guides")} {
		pages, err := filepath.Glob(filepath.Join("..", "..", folder, "*.md"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, pages...)
	}
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"} {
		files = append(files, filepath.Join("..", "..", name))
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var prose []string
		fence := ""
		for line := range strings.Lines(string(data)) {
			line = strings.TrimSuffix(line, "\n")
			switch trimmed := strings.TrimSpace(line); {
			case strings.HasPrefix(trimmed, "```") && fence == "":
				fence = trimmed
			case strings.HasPrefix(trimmed, "```"):
				fence = ""
			case fence == "":
				prose = append(prose, line)
			case fence == "```sh" && line != "":
				lines = append(lines, line)
			}
		}
		for _, match := range inlineCommand.FindAllStringSubmatch(strings.Join(prose, " "), -1) {
			lines = append(lines, match[1])
		}
	}
	return append(lines, commentedLines(t)...)
}

// namesTheImage checks that a line of ko publishes what the next one deploys: with
// --bare that is KO_DOCKER_REPO itself, and without it a name with a sum behind it.
func namesTheImage(t *testing.T, line string) {
	t.Helper()
	found := regexp.MustCompile(`^KO_DOCKER_REPO=(\S+) ko build --bare --tags (\S+) \./cmd/app$`).FindStringSubmatch(line)
	if found == nil {
		t.Fatalf("%s does not name its image", line)
	}
	lines := shellLines(t)
	for i, other := range lines {
		if other != line {
			continue
		}
		if next := lines[i+1]; !strings.Contains(next, "generate knative") || !strings.HasSuffix(next, " --image "+found[1]+":"+found[2]) {
			t.Errorf("%s deploys another image than %s", next, line)
		}
	}
}

// commentedLines are the commands in the comments of all manifests that can be written
// of the samples.
func commentedLines(t *testing.T) (lines []string) {
	t.Helper()
	known, err := function.Functions()
	if err != nil {
		t.Fatal(err)
	}
	chains, err := chainfile.Parse("chain.yaml", []byte(sample(t, "chain.yaml")), known)
	if err != nil {
		t.Fatal(err)
	}
	for _, opts := range []manifests.Options{{}, {Open: true}, {Store: manifests.StoreRedis}, {Store: manifests.StoreRedis, Open: true}} {
		files, err := manifests.Manifests(chains, opts)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text := regexp.MustCompile(`\\\n# +`).ReplaceAllString(string(f.Data), "")
			for _, match := range regexp.MustCompile(`(?m)^#   (\S.*)$`).FindAllStringSubmatch(text, -1) {
				lines = append(lines, match[1])
			}
		}
	}
	return lines
}

func shell(t *testing.T, line string, env ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(line, "homing ", "'"+binary+"' ", 1))
	if !strings.HasPrefix(line, "homing ") {
		cmd = exec.CommandContext(t.Context(), "sh", "-c", line)
	}
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(foreign(os.Environ()), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

func runs(t *testing.T, line string) {
	t.Helper()
	if out := shell(t, line); strings.TrimSpace(out) == "" {
		t.Error("it prints nothing")
	}
}

// isTask checks a task that takes long or writes files: make knows how.
func isTask(t *testing.T, line string) {
	t.Helper()
	shell(t, strings.Replace(line, "make ", "make --dry-run ", 1))
}

// generates has the files written elsewhere.
func generates(t *testing.T, line string) {
	t.Helper()
	dir := t.TempDir()
	if strings.Contains(line, "generate sam") {
		dir = filepath.Join(dir, "template.yaml")
	}
	line = strings.ReplaceAll(line, "REGISTRY/ACCOUNT", "registry.internal/account") // placeholders are refused
	shell(t, line+" --out '"+dir+"'")
	if entries, err := filepath.Glob(filepath.Join(dir, "*")); strings.Contains(line, "knative") && (err != nil || len(entries) == 0) {
		t.Errorf("%s wrote %v, %v", line, entries, err)
	}
}

// findsTests checks that `go test` finds what the line names.
func findsTests(t *testing.T, line string) {
	t.Helper()
	words := strings.Fields(strings.ReplaceAll(strings.ReplaceAll(line, " -update", ""), " -bench ", " -run "))
	at := slices.Index(words, "-run")
	words[at] = "-list"
	if out := shell(t, strings.Join(words, " ")); !strings.Contains(out, words[at+1]) {
		t.Errorf("%s finds nothing: %s", strings.Join(words, " "), out)
	}
}

// runsServer starts `make run` on a free port.
func runsServer(t *testing.T, line string) {
	t.Helper()
	url := "http://127.0.0.1:" + freePort(t)
	p := &process{t: t, url: url, log: &log{}, args: strings.Fields(line)}
	p.cmd = exec.Command(p.args[0], p.args[1:]...)
	p.cmd.Dir = filepath.Join("..", "..")
	p.cmd.Env = append(foreign(os.Environ()), "HOMING_LISTEN="+strings.TrimPrefix(url, "http://"))
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	p.ended = ended
	go func() {
		p.err = p.cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // make hands it to the server
		wait.Receive(t, "the end of make run", p.ended)
	})
	p.awaitReady()
	p.quotes()
}

// runsRoles starts both roles of the README, with the ports that are free.
func runsRoles(t *testing.T, line string) {
	t.Helper()
	all := shellLines(t)
	vertexPort, adapterPort := freePort(t), freePort(t)
	start := func(line, port string) *process {
		var env []string
		for word := range strings.FieldsSeq(strings.TrimSuffix(line, " go run ./cmd/app")) {
			env = append(env, strings.NewReplacer("8081", vertexPort, "8080", adapterPort).Replace(word))
		}
		p := &process{t: t, url: "http://127.0.0.1:" + port, env: env, log: &log{}}
		p.launch()
		p.awaitReady()
		return p
	}
	i := slices.Index(all, line)
	if strings.Contains(line, "ROLE=vertex") {
		start(line, vertexPort)
		return
	}
	start(all[i-1], vertexPort)
	start(line, adapterPort).quotes()
}

// quotes makes the README's first call.
func (p *process) quotes() {
	p.t.Helper()
	callsQuote(p.t, "curl -sS -H 'Content-Type: application/json' -d @testdata/order.json "+p.url+"/quote")
}

func callsQuote(t *testing.T, line string) {
	t.Helper()
	var env []string
	if strings.Contains(line, "API_URL") { // else it is of a server that runs
		line = strings.ReplaceAll(line, "API_URL", serve(t, "HOMING_TOKENS=caller=0123456789abcdef").url)
		env = append(env, "HOMING_TOKEN=0123456789abcdef")
	}
	var quote struct{ Totals struct{ Gross string } }
	if out := shell(t, line, env...); json.Unmarshal([]byte(out), &quote) != nil || quote.Totals.Gross == "" {
		t.Errorf("%s: %s", line, out)
	}
}

// setsToken checks that the line sets a token that is taken.
func setsToken(t *testing.T, line string) {
	t.Helper()
	const digits = 64
	if token := strings.TrimSpace(shell(t, line+` && printf %s "$HOMING_TOKEN"`)); len(token) != digits {
		t.Errorf("the token is %q", token)
	}
}

// samKnows has the SAM CLI itself list the options of the command.
func samKnows(t *testing.T, line string) {
	t.Helper()
	words := strings.Fields(line)
	program, err := filepath.Abs(filepath.Join("..", "..", ".tools", "sam", "bin", "sam"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, words[1], "--help")
	cmd.Env = append(foreign(os.Environ()), "SAM_CLI_TELEMETRY=0")
	help, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, help)
	}
	for _, word := range words[2:] {
		if strings.HasPrefix(word, "--") && !strings.Contains(string(help), word) {
			t.Errorf("%s has no %s", words[1], word)
		}
	}
}
