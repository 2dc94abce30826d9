package wrk

import (
	"fmt"
	"strings"
)

// Script is the Lua script that makes wrk send body as JSON by POST.
func Script(body []byte) string {
	return `wrk.method = "POST"` + "\n" +
		`wrk.headers["Content-Type"] = "application/json"` + "\n" +
		"wrk.body = " + luaString(body) + "\n"
}

// luaString quotes data (Lua 5.1 reference manual, section 2.1). All but plain
// ASCII becomes an escape of three digits, so the next character can be one.
func luaString(data []byte) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, b := range data {
		if b < ' ' || b > '~' || b == '"' || b == '\\' {
			fmt.Fprintf(&out, `\%03d`, b)
		} else {
			out.WriteByte(b)
		}
	}
	out.WriteByte('"')
	return out.String()
}
