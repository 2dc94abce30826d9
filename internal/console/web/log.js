import { follow } from "./api.js";
import { clock, h } from "./dom.js";
import { Screen } from "./state.js";

const most = 1000;
const levels = ["DEBUG", "INFO", "WARN", "ERROR"];

/** The log of the process, as it is written. */
class Log extends Screen {
  build() {
    this.lines = [];
    this.search = h("input", { type: "search", placeholder: "Filter …", "aria-label": "Filter", oninput: () => this.update() });
    this.level = h("select", { "aria-label": "Least level", onchange: () => this.update() }, ...levels.map((l) => h("option", {}, l)));
    this.body = h("ol.log", { tabindex: "0", "aria-label": "Lines of the log" });
    this.append(h("h1", {}, "Log"), h("div.tools", { role: "search" }, this.search, this.level), this.body);
    follow("logs?follow", { lines: (fresh) => { this.lines = [...this.lines, ...fresh].slice(-most); this.update(); } },
      (up) => { if (up) this.lines = []; }, this.signal);
  }

  update() {
    if (!this.body) return;
    const text = this.search.value.toLowerCase();
    const bottom = this.body.scrollTop + this.body.clientHeight >= this.body.scrollHeight - 8;
    this.body.replaceChildren(...this.lines
      .filter((line) => levels.indexOf(line.level) >= levels.indexOf(this.level.value) && (!text || JSON.stringify(line).toLowerCase().includes(text)))
      .map((line) => this.line(line)));
    if (bottom) this.body.scrollTop = this.body.scrollHeight;
  }

  line({ time, level, msg, ...rest }) {
    const tone = { ERROR: "bad", WARN: "warn" }[level] ?? "plain";
    const id = rest.requestid;
    return h("li", {}, h("time", { datetime: time }, clock(time)), h(`span.level.${tone}`, {}, level), h("span", {}, msg),
      h("span.rest", {}, ...Object.entries(rest).flatMap(([key, value]) => [" ", h("span.key", {}, `${key}=`),
        key === "requestid" ? h("a", { href: `#/requests/${id}` }, id) : typeof value === "string" ? value : JSON.stringify(value)])));
  }
}

customElements.define("homing-log", Log);
