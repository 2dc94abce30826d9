import { ask } from "./api.js";
import { badge, bytes, clock, duration, h } from "./dom.js";
import { payload } from "./payload.js";
import { Screen, state } from "./state.js";

// The requests that were looked at stay here when their process has ended, so that
// one can be sent again to the next version.
const seen = new Map();

/** details returns a request with its steps, if need be as it was last seen. */
export async function details(id) {
  try {
    const got = await ask(`requests/${encodeURIComponent(id)}`);
    seen.set(id, got);
    if (seen.size > 50) seen.delete(seen.keys().next().value);
    return got;
  } catch (error) {
    if (error.status === 404 && seen.has(id)) return { ...seen.get(id), old: true };
    throw error;
  }
}

/** One request: its steps as a waterfall, and what went in and came out of each. */
class Request extends Screen {
  #open = null; // which part is open: "in", "out", or the number of an attempt
  #asking = 0;

  async update() {
    const turn = ++this.#asking;
    let got;
    try {
      got = await details(this.argument);
    } catch (error) {
      if (turn === this.#asking) this.replaceChildren(this.back(), h("p.error", { role: "alert" }, error.message));
      return;
    }
    if (turn === this.#asking && this.isConnected) this.show(got);
  }

  back() {
    return h("a.back", { href: "#/requests" }, "← All requests");
  }

  show(r) {
    this.request = r;
    const failed = r.steps.findLastIndex((x) => x.state === "failed");
    if (this.#open === null) this.#open = failed >= 0 ? String(failed) : "out";
    const typing = this.contains(document.activeElement) && document.activeElement.localName === "textarea";
    if (typing) return; // what is being edited stays
    const focus = this.contains(document.activeElement) ? document.activeElement.dataset.part : null;
    this.replaceChildren(this.back(), this.head(r), this.waterfall(r), this.part(r));
    if (focus) this.querySelector(`[data-part="${focus}"]`)?.focus({ preventScroll: true });
  }

  head(r) {
    const facts = [
      ["Took", duration(r.duration)], ["At", clock(r.start)], ["Held", r.kind], ["Tenant", r.tenant],
      ["Reply came after", r.ended > r.answered ? duration(r.ended) : null],
    ].filter(([, value]) => value);
    return h("header.request", {},
      h("h1", {}, r.chain, " ", badge(r)),
      h("p.id", {}, r.method ? `${r.method} ${r.path} ` : "", h("code", {}, r.id)),
      r.of ? h("p", {}, "One step again of ", h("a", { href: `#/requests/${r.of}` }, r.of)) : null,
      r.failure ? h("p.error", {}, r.step ? h("strong", {}, `${r.step}: `) : null, r.failure) : null,
      r.old ? h("p.note", {}, "The process that ran this has ended; this is what was last seen of it.") : null,
      h("dl", {}, ...facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
      r.kind === "step" ? null : h("p", {}, h("a.button", { href: `#/try/${r.chain}/${r.id}` }, "Edit and send again")));
  }

  waterfall(r) {
    const total = Math.max(r.duration, r.ended ?? 0, ...r.steps.map((x) => x.end), 0.001);
    const row = (part, name, from, to, text, tone) => {
      const bar = h(`span.bar.${tone}`);
      bar.style.left = `${Math.min(99.5, (100 * from) / total)}%`;
      bar.style.width = `${Math.max(0.5, (100 * (to - from)) / total)}%`;
      return h("li", {}, h("button", {
        type: "button", "data-part": part, "aria-expanded": String(part === this.#open), "aria-controls": "part",
        onclick: () => { this.#open = part; this.show(this.request); },
      }, h("span.name", {}, name), h("span.track", {}, bar), h("span.number", {}, text)));
    };
    const tones = { finished: "good", failed: "bad", retrying: "warn", running: "live", accepted: "live", dropped: "warn" };
    const bodyText = (n) => (n < 0 ? "–" : bytes(r.payloads[n].size));
    return h("section", { "aria-labelledby": "steps" }, h("h2", { id: "steps" }, "Steps"),
      h("ol.waterfall", {},
        row("in", "Request", 0, 0, bodyText(r.in), "edge"),
        ...r.steps.map((x, n) => row(String(n), h("span", {}, x.step, x.attempt > 1 ? h("small", {}, ` attempt ${x.attempt}`) : null, x.remote ? h("small.tag", {}, "remote") : null),
          x.start, x.end, x.state === "finished" ? duration(x.end - x.start) : `${x.state} ${duration(x.end - x.start)}`, tones[x.state] ?? "edge")),
        ...r.missing.map((name) => h("li.missing", {}, h("span.name", {}, name), h("span.number", {}, r.state === "done" ? "did not run" : "not yet"))),
        row("out", "Answer", r.answered ?? r.duration, r.answered ?? r.duration, bodyText(r.out), "edge")),
      h("p.scale", { "aria-hidden": "true" }, h("span", {}, "0"), h("span", {}, duration(total / 2)), h("span", {}, duration(total))));
  }

  /** part shows what is open: the request, the answer, or a step. */
  part(r) {
    const box = (title, n) => h("article.payload", {}, h("h3", {}, title), payload(r, n));
    const section = (title, ...children) => h("section", { id: "part", "aria-label": title }, h("h2", {}, title), ...children);
    if (this.#open === "in") return section("Request", box("Event", r.in));
    if (this.#open === "out") return section("Answer", box("Event", r.out));
    const n = Number(this.#open);
    const x = r.steps[n];
    if (!x) return section("Step");
    return section(x.step,
      x.failure ? h("p.error", {}, x.status ? `${x.status} ` : "", x.failure) : null,
      h("div.pair", {}, box("In", x.in), box("Out", x.out)),
      this.again(r, n, x));
  }

  /** again is the form that runs one step once more. */
  again(r, n, x) {
    if (r.old || !r.replayable || x.in < 0 || x.index < 0) {
      return h("p.note", {}, r.old ? "" : "This step cannot be run again from here: another process runs it, or its input is not kept.");
    }
    const input = r.payloads[x.in];
    const editable = input.kind === "text" || input.kind === "empty";
    const whole = input.kept === input.size;
    const area = editable ? h("textarea", { rows: 8, spellcheck: "false", "aria-label": `Input of ${x.step}` }) : null;
    if (area) area.value = pretty(input);
    const out = h("p.error", { role: "alert", hidden: true });
    const run = async () => {
      const body = { request: r.id, run: n };
      if (area && (area.value !== pretty(input) || !whole)) body.text = area.value;
      try {
        const { id } = await ask("replay", { body });
        location.hash = `#/requests/${id}`;
      } catch (error) {
        out.textContent = error.message;
        out.hidden = false;
      }
    };
    return h("details.again", {}, h("summary", {}, `Run ${x.step} again`),
      h("p", {}, area ? "With this input, which you can change. " : "With the same input. ", "Only this step runs; what it does to others, it does again."),
      area, h("p", {}, h("button.primary", { type: "button", onclick: run, disabled: !area && !whole }, "Run this step")), out);
  }
}

/** pretty is the text of a body, JSON indented. */
export function pretty(body) {
  if (!/[/+]json\b/.test(body.contentType ?? "")) return body.text ?? "";
  try {
    return JSON.stringify(JSON.parse(body.text), null, 2);
  } catch {
    return body.text ?? "";
  }
}

customElements.define("homing-request", Request);
