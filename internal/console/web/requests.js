import { badge, clock, duration, h } from "./dom.js";
import { Screen, state } from "./state.js";
import "./request.js";

const filters = {
  all: () => true,
  failed: (r) => r.status >= 400 || (r.state === "done" && !r.status),
  open: (r) => r.state !== "done",
  async: (r) => r.kind === "async" || r.kind === "keyed",
};

/** The list of the last requests, and beside it the one that is chosen. */
class Requests extends Screen {
  #chosen = "";
  #shownOf = null;

  build() {
    this.search = h("input", { type: "search", placeholder: "Filter by id, chain, path, error …", "aria-label": "Filter", oninput: () => this.list() });
    this.kind = h("select", { "aria-label": "Which requests", onchange: () => this.list() },
      ...Object.entries({ all: "All", failed: "Failed", open: "Running and pending", async: "Async and keyed" })
        .map(([value, text]) => h("option", { value }, text)));
    this.chain = h("select", { "aria-label": "Chain", onchange: () => this.list() }, h("option", { value: "" }, "All chains"),
      ...state.overview.chains.map((c) => h("option", { value: c.name }, c.name)));
    this.pause = h("button", { type: "button", "aria-pressed": "false", onclick: () => this.toggle() }, "Pause");
    this.rows = h("tbody");
    this.empty = h("p.empty");
    this.detail = h("div.detail");
    this.append(
      h("section.list", { "aria-label": "Requests" },
        h("div.tools", { role: "search" }, this.search, this.kind, this.chain, this.pause),
        h("div.scroll", {}, h("table", {},
          h("thead", {}, h("tr", {}, ...["Status", "Request", "Time", "When"].map((text) => h("th", { scope: "col" }, text)))), this.rows), this.empty)),
      this.detail);
    this.addEventListener("keydown", (event) => this.key(event));
    this.on("requests", (event) => this.changed(event.detail));
  }

  update() {
    if (this.#shownOf !== this.argument) {
      this.#shownOf = this.argument;
      this.detail.replaceChildren(this.argument ? Object.assign(document.createElement("homing-request"), { argument: this.argument })
        : h("p.empty", {}, "Choose a request to see its steps, with what went in and came out."));
    }
    this.classList.toggle("chosen", this.argument !== "");
    this.#chosen = this.argument;
    this.list();
  }

  toggle() {
    const paused = this.pause.getAttribute("aria-pressed") !== "true";
    this.pause.setAttribute("aria-pressed", paused);
    if (!paused) this.list();
  }

  changed(ids) {
    if (this.pause.getAttribute("aria-pressed") === "true") return;
    this.list();
    if (ids.has(this.#chosen)) this.detail.firstElementChild?.update();
  }

  matches(r) {
    const text = this.search.value.trim().toLowerCase();
    return filters[this.kind.value](r) && (!this.chain.value || r.chain === this.chain.value) &&
      (!text || [r.id, r.chain, r.path, r.tenant, r.failure, r.step, r.status].some((part) => String(part ?? "").toLowerCase().includes(text)));
  }

  list() {
    const found = state.newest().filter((r) => this.matches(r));
    const focused = this.rows.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    this.rows.replaceChildren(...found.map((r) => this.row(r)));
    if (focused) this.rows.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    this.empty.hidden = found.length > 0;
    this.empty.textContent = state.requests.size ? "No request matches." : "No request yet. Send one, or try a chain.";
  }

  row(r) {
    const link = h("a", { href: `#/requests/${r.id}`, "data-id": r.id, "aria-current": r.id === this.#chosen ? "true" : false },
      h("strong", {}, r.chain), r.kind === "step" ? " · one step again" : "", r.kind === "async" || r.kind === "keyed" ? h("small.tag", {}, r.kind) : null);
    const line = r.failure ? `${r.step ? `${r.step}: ` : ""}${r.failure}` : `${r.method ?? ""} ${r.path ?? r.id}`;
    return h("tr", { class: [r.id === this.#chosen && "current", r.old && "old"].filter(Boolean).join(" ") || null, onclick: () => { location.hash = link.hash; } },
      h("td", {}, badge(r)),
      h("td.what", {}, link, h(r.failure ? "small.line.bad" : "small.line", {}, line)),
      h("td.number", {}, duration(r.duration), r.attempts ? h("small.line", {}, `+${r.attempts} attempts`) : null),
      h("td.number", {}, clock(r.start), r.tenant ? h("small.line", {}, r.tenant) : null));
  }

  /** The arrow keys move through the list, Escape leaves a request, / goes to the filter. */
  key(event) {
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "Escape" && this.#chosen) {
      const id = this.#chosen;
      location.hash = "#/requests";
      setTimeout(() => this.rows.querySelector(`[data-id="${CSS.escape(id)}"]`)?.focus());
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !typing && event.target.closest("tbody")) {
      const links = [...this.rows.querySelectorAll("a")];
      links[links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
      event.preventDefault();
    }
  }
}

addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
  const search = document.querySelector("homing-requests input[type=search]");
  if (search) event.preventDefault();
  search?.focus();
});

customElements.define("homing-requests", Requests);
