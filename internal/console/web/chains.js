import { duration, h, percent, rate, s } from "./dom.js";
import { Screen, state } from "./state.js";

const box = { width: 176, height: 88, gap: 44, edge: 92 };

/** All chains: each as a graph and as a table, with what is measured. */
class Chains extends Screen {
  build() {
    this.wide = matchMedia("(min-width: 48rem)");
    this.wide.addEventListener("change", () => this.update(), { signal: this.signal });
    this.on("stats", () => this.update());
  }

  update() {
    const open = new Set([...this.querySelectorAll("details[open]")].map((d) => d.dataset.chain));
    const focused = document.activeElement?.closest("summary")?.parentElement.dataset.chain;
    this.replaceChildren(h("h1", {}, "Chains"), ...state.overview.chains.map((chain) => this.chain(chain, open)));
    if (focused) this.querySelector(`details[data-chain="${CSS.escape(focused)}"] summary`)?.focus({ preventScroll: true });
  }

  chain(chain, open) {
    const stats = state.stats.chains.find((c) => c.name === chain.name) ?? { steps: [] };
    return h("section.card", { "aria-labelledby": `chain-${chain.name}` },
      h("header", {},
        h("h2", { id: `chain-${chain.name}` }, chain.name),
        h("p", {}, h("code", {}, `${chain.method} ${chain.path}`), chain.description ? ` ${chain.description}` : ""),
        h("a.button", { href: `#/try/${chain.name}` }, "Try it")),
      h("dl", {}, ...[
        ["Rate", rate(stats.rate)], ["Errors", percent(stats.errors ?? 0)], ["p50", duration(stats.p50)], ["p99", duration(stats.p99)],
        ["Running", String(stats.running ?? 0)], ["Calls", String(stats.total ?? 0)],
      ].map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
      h("div.graph", { tabindex: "0", role: "group", "aria-label": `Graph of ${chain.name}` }, this.graph(chain, stats)),
      h("details", { "data-chain": chain.name, open: open.has(chain.name) }, h("summary", {}, "All figures, limits and breakers"), this.table(chain, stats)));
  }

  graph(chain, stats) {
    const across = this.wide.matches;
    const nodes = [{ label: chain.method, edge: true }, ...chain.steps.map((step) => ({ step, stats: stats.steps.find((x) => x.name === step.name) ?? {} })), { label: "Reply", edge: true }];
    let at = 1;
    const parts = [];
    const size = (node) => (across ? (node.edge ? box.edge : box.width) : (node.edge ? 34 : box.height));
    nodes.forEach((node, n) => {
      if (n > 0) {
        const [from, to] = [at, at + box.gap - 6];
        const middle = across ? box.height / 2 + 1 : box.width / 2 + 1;
        const line = across ? { x1: from, y1: middle, x2: to, y2: middle } : { x1: middle, y1: from, x2: middle, y2: to };
        parts.push(s(stats.rate > 0 ? "line.edge.busy" : "line.edge", { ...line, "marker-end": "url(#arrow)" }));
        at += box.gap;
      }
      parts.push(this.node(node, across ? at : 1, across ? 1 : at, across));
      at += size(node);
    });
    const view = across ? `0 0 ${at + 1} ${box.height + 2}` : `0 0 ${box.width + 2} ${at + 1}`;
    const [, , width, height] = view.split(" ");
    return s("svg", { viewBox: view, width, height, role: "img", "aria-label": this.spoken(chain, stats) },
      s("defs", {}, s("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 6, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto" }, s("path.arrow", { d: "M0 0 8 4 0 8z" }))),
      ...parts);
  }

  node(node, x, y, across) {
    if (node.edge) {
      const [width, height] = across ? [box.edge, 34] : [box.width, 34];
      const top = across ? y + (box.height - height) / 2 : y;
      return s("g", {}, s("rect.end", { x, y: top, width, height, rx: 17 }),
        s("text.label", { x: x + width / 2, y: top + 22, "text-anchor": "middle" }, node.label));
    }
    const { step, stats } = node;
    const tone = stats.breaker === "open" || stats.errors > 0 ? "bad" : stats.rate > 0 ? "busy" : "idle";
    const text = (dy, cls, value) => s(`text.${cls}`, { x: x + 12, y: y + dy }, value);
    const right = (dy, cls, value) => s(`text.${cls}`, { x: x + box.width - 12, y: y + dy, "text-anchor": "end" }, value);
    const sign = stats.breaker && stats.breaker !== "closed" ? `breaker ${stats.breaker}` : step.remote ? "remote" : stats.limit ? `${stats.running} of ${stats.limit}` : "";
    return s("g", {}, s("title", {}, [step.name, step.uses, ...step.policies].filter(Boolean).join("\n")),
      s(`rect.step.${tone}`, { x, y, width: box.width, height: box.height, rx: 10 }),
      text(24, "name", short(step.name, sign ? 14 : 20)),
      sign ? right(24, "sign", sign) : null,
      text(48, "figure", rate(stats.rate)), right(48, stats.errors > 0 ? "figure.bad" : "faint", `${percent(stats.errors ?? 0)} errors`),
      text(70, "faint", `p50 ${duration(stats.p50)}`), right(70, "faint", `p99 ${duration(stats.p99)}`));
  }

  spoken(chain, stats) {
    return `${chain.name}: ${chain.steps.map((step) => {
      const x = stats.steps.find((one) => one.name === step.name) ?? {};
      return `${step.name}, ${rate(x.rate)}, ${percent(x.errors ?? 0)} errors, p99 ${duration(x.p99)}`;
    }).join("; then ")}`;
  }

  table(chain, stats) {
    const head = ["Step", "Function", "Calls", "Failed", "Rate", "p50", "p99", "Running", "Policy", "Limit", "Breaker"];
    return h("div.scroll", {}, h("table", {}, h("thead", {}, h("tr", {}, ...head.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, ...chain.steps.map((step) => {
        const x = stats.steps.find((one) => one.name === step.name) ?? {};
        const cells = [step.uses || (step.remote ? "remote" : "–"), x.total ?? 0, x.failed ?? 0, rate(x.rate), duration(x.p50), duration(x.p99), x.running ?? 0,
          step.policies.join(", ") || "–", x.limit ? `${x.running} of ${x.limit}` : "–", x.breaker || "–"];
        return h("tr", {}, h("th", { scope: "row" }, step.name), ...cells.map((cell) => h("td", {}, String(cell))));
      }))));
  }
}

const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

customElements.define("homing-chains", Chains);
