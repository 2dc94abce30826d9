import { ask } from "./api.js";
import { h } from "./dom.js";
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
        ...letters.map((letter) => this.letter(letter)));
    } catch (error) {
      this.replaceChildren(h("h1", {}, "Dead letters"), h("p.error", { role: "alert" }, error.message), again);
    }
  }

  letter(letter) {
    return h("details.card", {},
      h("summary", {}, h("span.badge.bad", {}, letter.reason || "dead"), ` ${letter.chain || "?"} · ${letter.step || "?"} `,
        h("time", { datetime: letter.kept }, new Date(letter.kept).toLocaleString())),
      h("p", {}, letter.detail || ""),
      letter.request ? h("p", {}, "Request ", h("code", {}, letter.request)) : null,
      h("pre", { tabindex: "0" }, pretty(letter.event)),
      h("p", {}, "Send it again with ", h("code", {}, `homing deadletter redrive ${letter.request || letter.key}`)));
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text ?? "";
  }
}

customElements.define("homing-letters", Letters);
