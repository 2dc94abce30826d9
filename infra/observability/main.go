// Command observability writes the Grafana dashboard, and the Prometheus rules as a
// resource of the Prometheus Operator, into the folders beside it.
package main

import (
	"log/slog"
	"os"
)

func main() {
	for file, write := range map[string]func() ([]byte, error){
		"grafana/homing.json": dashboardJSON, "kubernetes/prometheusrule.yaml": prometheusRule,
	} {
		data, err := write()
		if err == nil {
			err = os.WriteFile(file, data, 0o644) //nolint:gosec // for everybody to read
		}
		if err != nil {
			slog.Error("write "+file, "error", err)
			os.Exit(1)
		}
	}
}
