import { ask } from "./api.js";
import { bytes, h } from "./dom.js";
import { pretty } from "./request.js";

/** payload shows a body of a request as what its bytes are: text, JSON, an image, or bytes. */
export function payload(request, n) {
  const body = request.payloads[n];
  if (!body) return h("p.empty", {}, "Nothing.");
  const cut = body.kept < body.size;
  return h("div", {},
    h("p.facts", {}, h("code", {}, body.contentType || "no type"), ` ${bytes(body.size)}`,
      cut ? h("span.warn", {}, ` · the first ${bytes(body.kept)} are kept`) : null,
      body.kind !== "empty" && !request.old ? h("button.link", { type: "button", onclick: () => save(request, n) }, "Save") : null),
    content(request, n, body, cut),
    attributes(body.attributes));
}

function content(request, n, body, cut) {
  if (body.kind === "empty") return h("p.empty", {}, "No data.");
  if (body.kind === "text") return h("pre", { tabindex: "0" }, ...coloured(pretty(body), body));
  if (body.kind.startsWith("image/") && !cut) return image(request, n, body);
  return h("div", {}, h("p.empty", {}, body.kind === "binary" ? "Binary data; its first bytes:" : "An image, too large to be shown."),
    body.head ? h("pre", { tabindex: "0" }, dump(body.head)) : null);
}

/** dump shows bytes, which are base64, sixteen in a line. */
function dump(base64) {
  const all = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const lines = [];
  for (let at = 0; at < all.length; at += 16) {
    const part = [...all.slice(at, at + 16)];
    const hex = part.map((b) => b.toString(16).padStart(2, "0")).join(" ");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hex.padEnd(47)}  ${part.map((b) => (b > 31 && b < 127 ? String.fromCharCode(b) : ".")).join("")}`);
  }
  return lines.join("\n");
}

const bodyOf = (request, n) => ask(`requests/${encodeURIComponent(request.id)}/data/${n}`, { as: "blob" });

/** image shows one of the types that a browser draws without running anything. */
function image(request, n, body) {
  const img = h("img", { alt: `The body, an image of type ${body.kind}` });
  const size = h("figcaption");
  img.addEventListener("load", () => { size.textContent = `${img.naturalWidth} × ${img.naturalHeight} pixels`; });
  img.addEventListener("error", () => { size.textContent = "This image cannot be drawn."; });
  bodyOf(request, n).then((blob) => {
    const reader = new FileReader();
    reader.onload = () => { img.src = reader.result; };
    reader.readAsDataURL(blob);
  }).catch((error) => { size.textContent = error.message; });
  return h("figure", {}, img, size);
}

async function save(request, n) {
  const url = URL.createObjectURL(await bodyOf(request, n));
  h("a", { href: url, download: `${request.id}-${n}` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

// Colouring a long text would only make the page slow.
const mostColoured = 64 * 1024;

/** coloured returns the parts of a text; JSON has its keys, texts and numbers marked. */
function coloured(text, body) {
  if (!/[/+]json\b/.test(body.contentType ?? "") || text.length > mostColoured) return [text];
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)) {
    parts.push(text.slice(end, match.index));
    const kind = match[2] ? "key" : match[1] ? "text" : "value";
    parts.push(h(`span.${kind}`, {}, match[1] ?? match[0]), match[2] ?? "");
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

function attributes(all) {
  const names = Object.keys(all).sort();
  if (!names.length) return null;
  return h("details", {}, h("summary", {}, `${names.length} attributes`),
    h("dl.attributes", {}, ...names.flatMap((name) => [h("dt", {}, name), h("dd", {}, all[name])])));
}
