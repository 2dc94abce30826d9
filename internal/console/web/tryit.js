import { ask, base, call, openAPI } from "./api.js";
import { duration, h } from "./dom.js";
import { sample } from "./sample.js";
import { details, pretty } from "./request.js";
import { Screen, state } from "./state.js";

// What fetch cannot set, or what the console has itself.
const forbidden = /^(cookie|host|authorization|connection|content-length|accept-encoding|origin|referer)$/i;

/** A form that calls a chain: with the sample of the OpenAPI document, or as an earlier request. */
class Try extends Screen {
  async update() {
    const [name, from] = this.argument.split("/");
    const chain = state.overview.chains.find((c) => c.name === name) ?? state.overview.chains[0];
    if (!chain) return this.replaceChildren(h("p.empty", {}, "There is no chain."));
    this.chain = chain;
    try {
      this.document ??= await openAPI();
      const earlier = from ? await details(from) : null;
      this.show(chain, earlier);
    } catch (error) {
      this.replaceChildren(h("p.error", { role: "alert" }, error.message));
    }
  }

  show(chain, earlier) {
    const path = chain.path.replaceAll("{$}", "").replaceAll("...}", "}");
    const operation = this.document.paths?.[path]?.[chain.method.toLowerCase()] ?? {};
    const before = earlier?.payloads[earlier.in];
    this.kept = before && before.kind !== "text" && before.kind !== "empty" ? { request: earlier, n: earlier.in, body: before } : null;
    this.fields = this.parameters(operation, earlier, before);
    this.path = h("input", { id: "path", value: this.pathOf(chain, path, operation, earlier, before), required: true, spellcheck: "false" });
    const types = Object.keys(operation.requestBody?.content ?? {});
    this.type = h("input", { id: "type", value: before?.contentType ?? types[0] ?? "application/json", list: "types" });
    this.body = h("textarea", { id: "body", rows: 14, spellcheck: "false" });
    this.body.value = before ? pretty(before) : this.sampleText(operation, types[0]);
    this.file = h("input", { id: "file", type: "file" });
    this.async = h("input", { type: "checkbox", id: "async", checked: earlier?.kind === "async" });
    this.result = h("div.result", { role: "status", "aria-live": "polite" });
    const hasBody = !["GET", "HEAD"].includes(chain.method);
    const choose = h("select", { id: "chain", onchange: (event) => { location.hash = `#/try/${event.target.value}`; } },
      ...state.overview.chains.map((c) => h("option", { value: c.name, selected: c === chain }, c.name)));
    const form = h("form.card", { "aria-labelledby": "try" },
      h("h1", { id: "try" }, earlier ? "Send again" : "Try it"),
      earlier ? h("p.note", {}, "As ", h("a", { href: `#/requests/${earlier.id}` }, earlier.id), ", without what the console does not show.") : null,
      h("div.fields", {}, label("chain", "Chain", choose), label("path", `${chain.method} path and query`, this.path), ...this.fields.map((f) => f.label)),
      hasBody ? h("div.fields", {}, label("type", "Content type", this.type), h("datalist", { id: "types" }, ...types.map((value) => h("option", { value }))), label("file", "File as body", this.file)) : null,
      hasBody && !this.kept ? label("body", "Body", this.body) : null,
      this.kept ? h("p.note", {}, this.kept.body.kept < this.kept.body.size ? "Of its body only the beginning is kept: choose a file." : `Its body of ${this.kept.body.size} bytes is sent as it was, unless you choose a file.`) : null,
      h("p.line", {}, this.async, " ", h("label", { for: "async" }, "Ask for the reply later (async)")),
      h("p", {}, h("button.primary", {}, "Send")), this.result);
    form.addEventListener("submit", (event) => { event.preventDefault(); this.send(chain, hasBody); });
    this.replaceChildren(form);
  }

  pathOf(chain, path, operation, earlier, before) {
    if (before?.attributes.httppath) {
      const query = before.attributes.httpquery;
      return before.attributes.httppath + (query ? `?${query}` : "");
    }
    if (earlier) return chain.path;
    const query = (operation.parameters ?? []).map((p) => this.resolve(p)).filter((p) => p.in === "query" && p.required)
      .map((p) => `${encodeURIComponent(p.name)}=${encodeURIComponent(sample(p.schema, this.document) ?? "")}`);
    return path.replace(/\{(\w+)\}/g, "1") + (query.length ? `?${query.join("&")}` : "");
  }

  resolve(p) {
    return p.$ref ? p.$ref.split("/").slice(1).reduce((at, key) => at?.[key], this.document) ?? {} : p;
  }

  /** parameters are the headers that the chain lets through. */
  parameters(operation, earlier, before) {
    const own = (operation.parameters ?? []).map((p) => this.resolve(p)).filter((p) => p.in === "header" && !forbidden.test(p.name) && !/^(prefer|idempotency-key|traceparent|tracestate)$/i.test(p.name));
    return own.map((p, n) => {
      const value = before?.attributes[`http${p.name.toLowerCase().replace(/[^a-z0-9]/g, "")}`];
      const input = h("input", { id: `header-${n}`, value: value === "(not shown)" ? "" : value ?? "", spellcheck: "false" });
      return { name: p.name, input, label: label(`header-${n}`, `Header ${p.name}`, input) };
    });
  }

  sampleText(operation, type) {
    const schema = operation.requestBody?.content?.[type]?.schema;
    if (type && !/[/+]json\b/.test(type)) return "";
    const value = schema ? sample(schema, this.document) : undefined;
    return value === undefined ? "{}" : JSON.stringify(value, null, 2);
  }

  async bodyToSend() {
    if (this.file.files[0]) return this.file.files[0];
    if (!this.kept) return this.body.value;
    if (this.kept.body.kept < this.kept.body.size) throw new Error("Choose a file: of the earlier body only the beginning is kept.");
    return ask(`requests/${encodeURIComponent(this.kept.request.id)}/data/${this.kept.n}`, { as: "arrayBuffer" });
  }

  async send(chain, hasBody) {
    const headers = new Headers();
    this.result.replaceChildren("Sending …");
    const began = performance.now();
    try {
      for (const field of this.fields) if (field.input.value) headers.set(field.name, field.input.value);
      if (this.async.checked) headers.set("Prefer", "respond-async");
      const options = { method: chain.method, headers };
      if (hasBody) {
        options.body = await this.bodyToSend();
        if (this.type.value) headers.set("Content-Type", this.type.value);
      }
      const url = new URL(this.path.value.replace(/^\/+/, ""), base);
      if (url.origin !== base.origin) throw new Error("The path leads to another server.");
      const answer = await call(url, options);
      const id = answer.headers.get("X-Request-Id");
      await answer.arrayBuffer().catch(() => {});
      if (id) location.hash = `#/requests/${id}`;
      this.result.replaceChildren(h("p", {}, `Answered ${answer.status} after ${duration(performance.now() - began)}.`),
        id ? "" : h("p", {}, "It has no request id: it was refused before it began."));
    } catch (error) {
      this.result.replaceChildren(h("p.error", { role: "alert" }, `Not sent, or no answer: ${error.message}`));
    }
  }
}

function label(id, text, input) {
  return h("p.field", {}, h("label", { for: id }, text), input);
}

customElements.define("homing-try", Try);
