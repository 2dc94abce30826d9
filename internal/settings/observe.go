package settings

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/homing-dev/homing/internal/observe"
	"github.com/homing-dev/homing/internal/observe/listener"
)

// share takes the part of something: true for all, false for nothing, or percents.
func share(to *float64, otherwise bool) Value {
	v := parsed(to, "share", func(s string) (float64, error) {
		number, percents := strings.CutSuffix(s, "%")
		if !percents {
			all, err := strconv.ParseBool(s)
			if err != nil {
				return 0, errShare
			}
			return map[bool]float64{true: 1}[all], nil
		}
		const whole = 100
		part, err := strconv.ParseFloat(number, 64)
		if err != nil || !(part >= 0 && part <= whole) {
			return 0, errShare
		}
		return part / whole, nil
	})
	return withDefault(v, to, map[bool]float64{true: 1}[otherwise], strconv.FormatBool(otherwise))
}

var errShare = errors.New("must be true, false or percents from 0% to 100%, such as 1% or 0.5%")

var errMetricsListen = errors.New("must be HOST:PORT, such as :9090 for every interface, or a port alone, which is on 127.0.0.1")

// parseMetricsListen reads an address. A port alone is not to be reached from
// another machine.
func parseMetricsListen(s string) (string, error) {
	if !strings.Contains(s, ":") {
		s = net.JoinHostPort("127.0.0.1", s)
	}
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", errMetricsListen
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", errMetricsListen
	}
	return s, nil
}

// Observe prepares what is shown of a process: its registry of metrics, their
// listener if one is set, and the log level, which a SIGHUP reads again by load.
// stop ends all that.
func (c *Config) Observe(ctx context.Context, log *slog.Logger, load func() (Config, error)) (stop func(), err error) {
	if c.Metrics == nil {
		c.Metrics = observe.NewRegistry()
	}
	stopListener := func() {}
	if c.MetricsListen != "" {
		stopListener, err = listener.Listener{Metrics: c.Metrics, Level: c.Level, Log: log}.Serve(ctx, c.MetricsListen)
		if err != nil {
			return func() {}, err //nolint:wrapcheck // names the setting
		}
	}
	stopReload := c.reloadOnHangup(ctx, log, load)
	return func() {
		stopReload()
		stopListener()
	}, nil
}

// reloadOnHangup has every SIGHUP set the log level that is configured then. That
// can have changed if it stands in a file; without one, and on a terminal whose end
// is what SIGHUP means there, the signal ends the process as ever.
func (c *Config) reloadOnHangup(ctx context.Context, log *slog.Logger, load func() (Config, error)) (stop func()) {
	if c.File == "" || c.Runtime == Local && IsTerminal(os.Stderr) {
		return func() {}
	}
	hangups, ended := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		defer close(ended)
		for range hangups {
			if err := c.reload(load); err != nil {
				log.ErrorContext(ctx, "the settings were not read again", "error", err)
				continue
			}
			log.WarnContext(ctx, "the log level was set", "set", strings.ToLower(c.Level.Level().String()), "by", "SIGHUP")
		}
	}()
	return func() {
		signal.Stop(hangups)
		close(hangups)
		<-ended
	}
}

func (c *Config) reload(load func() (Config, error)) error {
	now, err := load()
	if err != nil {
		return fmt.Errorf("the log level stays: %w", err)
	}
	c.Level.Set(now.Level.Level())
	return nil
}
