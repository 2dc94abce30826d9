// Elements are made here, and nowhere from text: what comes from a request can
// only ever become a text node or the value of an attribute that is named here.

const SVG = "http://www.w3.org/2000/svg";

/** h makes an element: h("a.button", {href: "#/"}, "text", element, …). */
export function h(name, props = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  return fill(document.createElement(tag), classes, props, children);
}

/** s is h for SVG. */
export function s(name, props = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  return fill(document.createElementNS(SVG, tag), classes, props, children);
}

function fill(el, classes, props, children) {
  if (classes.length) el.classList.add(...classes);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else if (value === true) el.setAttribute(key, "");
    else if (value !== false && value != null) el.setAttribute(key, value);
  }
  el.append(...children.flat().filter((c) => c != null && c !== false));
  return el;
}

/** milliseconds as a person reads them. */
export function duration(ms) {
  if (ms == null) return "–";
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 100) return `${trim(ms.toFixed(1))} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60000) return `${trim((ms / 1000).toFixed(2))} s`;
  return `${Math.floor(ms / 60000)} min ${Math.round((ms % 60000) / 1000)} s`;
}

const trim = (text) => text.replace(/\.?0+$/, "");

export function bytes(n) {
  if (n < 1024) return `${n} B`;
  if (n < 1024 * 1024) return `${trim((n / 1024).toFixed(1))} KiB`;
  return `${trim((n / 1024 / 1024).toFixed(1))} MiB`;
}

export function rate(perSecond) {
  if (!perSecond) return "0/s";
  return `${perSecond < 10 ? trim(perSecond.toFixed(1)) : Math.round(perSecond)}/s`;
}

export function percent(part) {
  return `${part > 0 && part < 0.01 ? "<1" : Math.round(part * 100)} %`;
}

/** clock is the time of day of a date. */
export function clock(date) {
  return new Date(date).toLocaleTimeString([], { hour12: false });
}

function status(request) {
  if (request.state === "running") return ["running", "live"];
  if (request.state === "pending") return ["pending", "live"];
  if (!request.status) return ["no answer", "bad"];
  if (request.status >= 500) return [String(request.status), "bad"];
  if (request.status >= 400) return [String(request.status), "warn"];
  return [String(request.status), "good"];
}

export function badge(request) {
  const [text, tone] = status(request);
  return h(`span.badge.${tone}`, {}, text);
}
