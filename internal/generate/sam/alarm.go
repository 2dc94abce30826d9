package sam

import (
	"slices"
	"strconv"
	"strings"
)

// alarm is one of CloudWatch before it is text. Values are YAML.
type alarm struct {
	ID, Condition, Description string

	// Series are what is watched. Several are put together by Combine, SUM or
	// MAX, of which an alarm takes [maxSeries].
	Series    []series
	Combine   string
	Statistic string
	Period    int // seconds
	Periods   int // how many of them in a row
	Threshold string
}

// series is a metric of one thing.
type series struct {
	Namespace, Name string
	Dimensions      []dimension
	Condition       string // of the template; "" if it is always there
}

type dimension struct{ Name, Value string }

const (
	minute      = 60 // seconds
	fiveMinutes = 5 * minute
	// slowMinutes is for how many minutes runs must be slow.
	slowMinutes = 3
	// maxAge is how many milliseconds an event may wait before somebody should
	// know.
	maxAge = "30000"
	// maxAPIErrors is the part of calls that may end in 5xx.
	maxAPIErrors = "0.05"
	// maxSeries is how many metrics an alarm can put together (CloudWatch
	// quotas).
	maxSeries = 10
)

// One reports whether a single thing is watched, which needs no arithmetic.
func (a alarm) One() bool { return len(a.Series) == 1 }

// StatisticKey is the property for the statistic: a percentile has its own.
func (a alarm) StatisticKey() string {
	if strings.HasPrefix(a.Statistic, "p") {
		return "ExtendedStatistic"
	}
	return "Statistic"
}

// SeriesID is a name of a series for the arithmetic: m and its number.
func (alarm) SeriesID(i int) string { return "m" + strconv.Itoa(i+1) }

// watched is a function that alarms are about, or several that do a part of
// one work each.
type watched struct {
	id, name, condition, asyncCondition, tooLong string
	functions                                    []string
	neverAsync                                   bool
}

// alone watches one function.
func (f function) alone() watched {
	w := watched{
		id: f.ID, name: f.Suffix, condition: f.Condition, asyncCondition: f.asyncCondition, tooLong: f.alarmAfter,
		functions: []string{f.ID}, neverAsync: f.neverAsync,
	}
	if w.asyncCondition == "" {
		w.asyncCondition = f.Condition
	}
	return w
}

// together watches the steps of a chain, as many as an alarm takes at a time.
func together(chain, id string, steps []step) []watched {
	var out []watched
	for some := range slices.Chunk(steps, maxSeries) {
		w := some[0].alone()
		w.id, w.name, w.functions = id, "a step of "+chain, nil
		if len(out) > 0 {
			w.id += strconv.Itoa(len(out) + 1)
		}
		for _, s := range some {
			w.functions = append(w.functions, s.ID)
		}
		out = append(out, w)
	}
	return out
}

// alarms are those that every function has.
func (w watched) alarms() []alarm {
	watch := func(metric, condition, combine, statistic, threshold, description string) alarm {
		a := alarm{
			ID: w.id + metric, Condition: condition, Description: description,
			Combine: combine, Statistic: statistic, Period: fiveMinutes, Periods: 1, Threshold: threshold,
		}
		for _, id := range w.functions {
			a.Series = append(a.Series, series{Namespace: "AWS/Lambda", Name: metric, Dimensions: []dimension{{"FunctionName", "!Ref " + id}}})
		}
		return a
	}
	slow := watch("Duration", w.condition, "MAX", "p99", w.tooLong, "Runs of "+w.name+" come close to their timeout.")
	slow.Period, slow.Periods = minute, slowMinutes
	old := watch("AsyncEventAge", w.asyncCondition, "MAX", "Maximum", maxAge, "Events wait long for "+w.name+".")
	old.ID = w.id + "EventAge"
	common := []alarm{
		watch("Errors", w.condition, "SUM", "Sum", "1", "A run of "+w.name+" failed."),
		watch("Throttles", w.condition, "SUM", "Sum", "1", "Lambda had no room to run "+w.name+"."),
		slow,
	}
	if w.neverAsync {
		return common
	}
	return slices.Concat(common, []alarm{old})
}

// sharedAlarms are about what all functions use.
func sharedAlarms() []alarm {
	table := dimension{"TableName", "!Ref Replies"}
	failed := make([]series, 0, len(adapterOperations()))
	for _, operation := range adapterOperations() {
		failed = append(failed, series{"AWS/DynamoDB", "SystemErrors", []dimension{table, {"Operation", operation}}, ""})
	}
	return []alarm{
		{
			ID: "ApiErrors", Description: "One in twenty calls to the API ended in 5xx.",
			Series:    []series{{"AWS/ApiGateway", "5xx", []dimension{{"ApiId", "!Ref Api"}}, ""}},
			Statistic: "Average", Period: fiveMinutes, Periods: 1, Threshold: maxAPIErrors,
		},
		{
			ID: "RepliesThrottles", Description: "The table of replies refused reads or writes for want of throughput.",
			Series: []series{
				{"AWS/DynamoDB", "ReadThrottleEvents", []dimension{table}, ""},
				{"AWS/DynamoDB", "WriteThrottleEvents", []dimension{table}, ""},
				{"AWS/DynamoDB", "WriteThrottleEvents", []dimension{table, {"GlobalSecondaryIndexName", indexName}}, "HasArrivals"},
			},
			Combine: "SUM", Statistic: "Sum", Period: fiveMinutes, Periods: 1, Threshold: "1",
		},
		{
			ID: "RepliesErrors", Description: "DynamoDB failed on the table of replies.",
			Series: failed, Combine: "SUM", Statistic: "Sum", Period: fiveMinutes, Periods: 1, Threshold: "1",
		},
		{
			ID: "DeadLettersDepth", Description: "An event could not be worked on. See `homing deadletter list`.",
			Series: []series{{
				"AWS/SQS", "ApproximateNumberOfMessagesVisible", []dimension{{"QueueName", "!GetAtt DeadLetters.QueueName"}}, "",
			}},
			Statistic: "Maximum", Period: fiveMinutes, Periods: 1, Threshold: "1",
		},
	}
}
