import { ask } from "./api.js";
import { bytes, h } from "./dom.js";
import { Screen } from "./state.js";

/** The dead letters that the store has. */
class Letters extends Screen {
  async update() {
    const again = h("button", { type: "button", onclick: () => this.update() }, "Look again");
    try {
      const { letters, more } = await ask("letters");
      this.replaceChildren(h("h1", {}, "Dead letters"), h("div.tools", {}, again),
        letters.length ? null : h("p.empty", {}, "There are none."),
        more ? h("p.note", {}, "There are more than these; `homing deadletter list` has them all.") : "",
        ...letters.sort((a, b) => b.kept.localeCompare(a.kept)).map((letter) => this.letter(letter)));
    } catch (error) {
      this.replaceChildren(h("h1", {}, "Dead letters"), h("p.error", { role: "alert" }, error.message), again);
    }
  }

  letter({ key, kept, size, body }) {
    const letter = read(body);
    const id = letter.requestID || key;
    return h("details.card", {},
      h("summary", {}, h("span.badge.bad", {}, letter.reason || "dead"), ` ${letter.chain || "?"} · ${letter.step || "?"} `,
        h("time", { datetime: kept }, new Date(kept).toLocaleString())),
      letter.detail ? h("p", {}, letter.detail) : null,
      h("p", {}, "Request ", h("code", {}, id), letter.tries ? `, tried ${letter.tries} times` : ""),
      h("pre", { tabindex: "0" }, body ? JSON.stringify(letter.event ?? letter, null, 2) : `It has ${bytes(size)}, too much to be shown.`),
      h("p", {}, "Send it again with ", h("code", {}, `homing deadletter redrive ${id}`)));
  }
}

function read(body) {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return {};
  }
}

customElements.define("homing-letters", Letters);
