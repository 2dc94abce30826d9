package main

import (
	"encoding/json"
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// panel is a graph of some series over time.
type panel struct {
	title, help, unit string
	series            []series
}

type series struct {
	expr, legend string
	exemplars    bool // by which a click leads to a trace
}

// row is a part of the dashboard.
type row struct {
	title  string
	panels []panel
}

// What is counted stands for the chains that are chosen.
const (
	ofChain = `{chain=~"$chain"}`
	perStep = "{{chain}}.{{step}}"
)

func one(expr, legend string) []series { return []series{{expr: expr, legend: legend}} }

// quantiles are the times of a histogram that half, and all but one in a hundred,
// did not exceed.
func quantiles(metric, filter, by, legend string) []series {
	at := func(q float64, name string) series {
		expr := fmt.Sprintf("histogram_quantile(%g, sum by (%s, le) (rate(%s_bucket%s[$__rate_interval])))", q, by, metric, filter)
		return series{expr: expr, legend: legend + " " + name, exemplars: true}
	}
	return []series{at(0.5, "p50"), at(0.99, "p99")} //nolint:mnd // these two
}

func rate(by, metric, filter string) string {
	return fmt.Sprintf("sum by (%s) (rate(%s%s[$__rate_interval]))", by, metric, filter)
}

//nolint:lll // a query stands in one line
func rows() []row {
	return []row{
		{"Calls", []panel{
			{"Calls", "Answers a second, by chain.", units.RequestsPerSecond, one(rate("chain", "homing_requests_total", ofChain), "{{chain}}")},
			{
				"Errors", "The part of the calls that end in 5xx.", units.PercentUnit,
				one(rate("chain", "homing_requests_total", `{chain=~"$chain",code=~"5.."}`)+" / "+rate("chain", "homing_requests_total", ofChain), "{{chain}}"),
			},
			{"Time", "From a call to its answer; a dot is a call whose trace is recorded.", units.Seconds, quantiles("homing_request_duration_seconds", ofChain, "chain", "{{chain}}")},
			{"Answers by status", "", units.RequestsPerSecond, one(rate("code", "homing_requests_total", ofChain), "{{code}}")},
			{"In flight", "Calls that run, and the most that may.", units.Short, []series{
				{expr: "sum by (instance) (homing_calls_in_flight)", legend: "{{instance}}"},
				{expr: "min(homing_calls_in_flight_limit)", legend: "limit of each"},
			}},
			{"Refusals", "Calls that were refused, or whose reply nobody could keep.", units.RequestsPerSecond, one(rate("reason", "homing_refusals_total", ""), "{{reason}}")},
		}},
		{"Steps", []panel{
			{"Time", "With retries and the wait for a permit.", units.Seconds, quantiles("homing_step_duration_seconds", ofChain, "chain, step", perStep)},
			{
				"Failures", "The part of the runs that fail after their retries.", units.PercentUnit,
				one(rate("chain, step", "homing_step_failures_total", ofChain)+" / "+rate("chain, step", "homing_step_duration_seconds_count", ofChain), perStep),
			},
			{"Attempts", "What limit and circuit breaker let through, and how much of it is not the first.", units.RequestsPerSecond, []series{
				{expr: rate("chain, step", "homing_step_attempts_total", ofChain), legend: perStep},
				{expr: rate("chain, step", "homing_step_retries_total", ofChain), legend: perStep + " again"},
			}},
			{"Open circuit breakers", "In how many processes.", units.Short, one(`sum by (chain, step) (homing_step_breaker_state{chain=~"$chain",state!="closed"})`, perStep)},
			{"Limits", "Permits in use, those there are, and who waits for one.", units.Short, []series{
				{expr: "sum by (chain, step) (homing_step_permits_in_use" + ofChain + ")", legend: perStep + " in use"},
				{expr: "sum by (chain, step) (homing_step_permits" + ofChain + ")", legend: perStep + " permits"},
				{expr: "sum by (chain, step) (homing_step_queued" + ofChain + ")", legend: perStep + " waiting"},
			}},
			{"Wait for a permit", "", units.Seconds, quantiles("homing_step_queue_seconds", ofChain, "chain, step", perStep)},
			{"Refused attempts", "By a limit or an open circuit breaker.", units.RequestsPerSecond, one(rate("chain, step, reason", "homing_step_refusals_total", ofChain), perStep+" {{reason}}")},
		}},
		{"Reply store", []panel{
			{"Time", "Of a call of the store.", units.Seconds, quantiles("homing_reply_store_duration_seconds", "", "operation", "{{operation}}")},
			{"Failures", "", units.OpsPerSecond, one(rate("operation", "homing_reply_store_failures_total", ""), "{{operation}}")},
			{"Waiting connections", "For a reply that comes from elsewhere.", units.Short, one("sum by (instance) (homing_connections_waiting)", "{{instance}}")},
			{"In memory", "What a store in the memory of the process holds.", units.Short, []series{
				{expr: "sum by (instance) (homing_reply_store_entries)", legend: "{{instance}} entries"},
				{expr: "sum by (instance) (homing_reply_store_pending)", legend: "{{instance}} without a reply"},
			}},
			{"Bytes", "Of bodies that are held, of the most that may be, and of replies in memory.", units.BytesIEC, []series{
				{expr: "sum by (instance) (homing_body_bytes)", legend: "{{instance}} bodies"},
				{expr: "min(homing_body_budget_bytes)", legend: "budget of each"},
				{expr: "sum by (instance) (homing_reply_store_bytes)", legend: "{{instance}} replies"},
			}},
			{"Reads of the table", "Of a store that is polled; what they cost is in units.", units.OpsPerSecond, []series{
				{expr: rate("kind", "homing_poller_reads_total", ""), legend: "{{kind}}"},
				{expr: "sum(rate(homing_poller_read_units_total[$__rate_interval]))", legend: "units"},
				{expr: "sum(rate(homing_poller_throttles_total[$__rate_interval]))", legend: "throttled"},
				{expr: "sum(rate(homing_poller_failures_total[$__rate_interval]))", legend: "failed"},
			}},
			{"Waiting added by polling", "", units.Seconds, quantiles("homing_poller_added_waiting_seconds", "", "job", "")},
		}},
		{"Events", []panel{
			{"In flight", "Events that vertices and dead-letter sinks work on.", units.Short, one("sum by (instance) (homing_events_in_flight)", "{{instance}}")},
			{"Handed back", "To the broker or adapter, by status.", units.OpsPerSecond, one(rate("code", "homing_event_refusals_total", ""), "{{code}}")},
			{"Dead letters", "Of the last quarter of an hour.", units.Short, one("sum by (chain, kept, answered) (increase(homing_dead_letters_total[15m]))", "{{chain}} kept={{kept}} answered={{answered}}")},
			{"Callbacks", "Attempts to deliver a reply, by outcome.", units.OpsPerSecond, one(rate("outcome", "homing_callbacks_total", ""), "{{outcome}}")},
			{"Time of callbacks", "Of an attempt.", units.Seconds, quantiles("homing_callback_duration_seconds", "", "job", "")},
		}},
		{"Processes", []panel{
			{"CPU", "", units.Short, one("sum by (instance) (rate(process_cpu_seconds_total[$__rate_interval]) and on (instance, job) homing_build_info)", "{{instance}}")},
			{"Memory", "", units.BytesIEC, one("sum by (instance) (process_resident_memory_bytes and on (instance, job) homing_build_info)", "{{instance}}")},
			{"Goroutines", "", units.Short, one("sum by (instance) (go_goroutines and on (instance, job) homing_build_info)", "{{instance}}")},
			{"Builds", "Processes by version and commit.", units.Short, one("count by (version, revision) (homing_build_info)", "{{version}} {{revision}}")},
		}},
	}
}

const (
	panelHeight = 8
	panelWidth  = 8 // of 24
)

// source is what the user chooses.
func source() common.DataSourceRef {
	kind, uid := "prometheus", "${datasource}"
	return common.DataSourceRef{Type: &kind, Uid: &uid}
}

// dashboardJSON is the dashboard in the form that every Grafana since 9 reads.
//
//nolint:staticcheck // the form of version 2 is for Grafana 12 alone
func dashboardJSON() ([]byte, error) {
	chains := "label_values(homing_requests_total, chain)"
	b := dashboard.NewDashboardBuilder("Homing").Uid("homing").Tags([]string{"homing"}).
		Description("Written by `go run .` in infra/observability; docs/guides/operations.md says what to do about what it shows.").
		Time("now-1h", "now").Refresh("30s").Tooltip(dashboard.DashboardCursorSyncCrosshair).Editable().
		WithVariable(dashboard.NewDatasourceVariableBuilder("datasource").Label("Data source").Type("prometheus")).
		WithVariable(dashboard.NewQueryVariableBuilder("chain").Label("Chain").Datasource(source()).
			Query(dashboard.StringOrMap{String: &chains}).Refresh(dashboard.VariableRefreshOnTimeRangeChanged).
			Multi(true).IncludeAll(true).AllValue(".*"))
	for _, r := range rows() {
		b.WithRow(dashboard.NewRowBuilder(r.title))
		for _, p := range r.panels {
			b.WithPanel(p.build())
		}
	}
	built, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("build the dashboard: %w", err)
	}
	data, err := json.MarshalIndent(built, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the dashboard: %w", err)
	}
	return append(data, '\n'), nil
}

func (p panel) build() *timeseries.PanelBuilder {
	b := timeseries.NewPanelBuilder().Title(p.title).Description(p.help).Unit(p.unit).Min(0).
		Datasource(source()).Height(panelHeight).Span(panelWidth)
	for i, s := range p.series {
		b.WithTarget(prometheus.NewDataqueryBuilder().RefId(string(rune('A' + i))).Datasource(source()).
			Expr(s.expr).LegendFormat(s.legend).Exemplar(s.exemplars).Range())
	}
	return b
}
