import { ask, follow, refused, signedIn, signIn } from "./api.js";
import { h } from "./dom.js";
import { state } from "./state.js";
import "./requests.js";
import "./chains.js";
import "./tryit.js";
import "./log.js";
import "./letters.js";

const main = document.querySelector("main");
const live = document.querySelector("#live");
const screens = {
  requests: "homing-requests", chains: "homing-chains", try: "homing-try", log: "homing-log", letters: "homing-letters",
};

/** show puts the screen of the URL's fragment into the page: #/name/rest. */
function show() {
  const [, name, ...rest] = location.hash.split("/");
  const screen = screens[name] ?? screens.requests;
  const argument = decodeURIComponent(rest.join("/"));
  for (const link of document.querySelectorAll("nav a")) {
    const current = link.hash === `#/${screens[name] ? name : "requests"}`;
    link.toggleAttribute("aria-current", current);
    if (current) link.setAttribute("aria-current", "page");
  }
  let element = main.firstElementChild;
  if (element?.localName !== screen) {
    element = document.createElement(screen);
    element.argument = argument;
    main.replaceChildren(element);
  } else {
    element.argument = argument;
    element.update();
  }
}

/** signInForm asks for a token, and says why. */
function signInForm(error) {
  const input = h("input", { id: "token", type: "password", autocomplete: "off", required: true });
  const form = h("form.card.narrow", { "aria-labelledby": "sign-in" },
    h("h1", { id: "sign-in" }, "Sign in"),
    h("p", {}, "The console shows the calls of all tenants. It needs the token of one that HOMING_ADMINS names."),
    error.status === 403 || signedIn() ? h("p.error", { role: "alert" }, error.message) : null,
    h("label", { for: "token" }, "Token"), input,
    h("button.primary", {}, "Sign in"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    signIn(input.value.trim());
    location.reload();
  });
  main.replaceChildren(form);
  input.focus();
}

async function start() {
  let stopped = false;
  refused((error) => {
    if (!stopped) signInForm(error);
    stopped = true;
  });
  try {
    await load();
  } catch (error) {
    if (!stopped) {
      main.replaceChildren(h("p.error.card", { role: "alert" }, `The console does not answer: ${error.message}`));
      setTimeout(() => location.reload(), 3000);
    }
    return;
  }
  addEventListener("hashchange", () => { show(); main.focus({ preventScroll: true }); });
  show();
  follow("stream", { requests: (all) => state.merge(all), stats: (stats) => state.measure(stats) }, connection, new AbortController().signal);
}

async function load() {
  state.overview = await ask("overview");
  document.querySelector('nav a[href="#/letters"]').hidden = !state.overview.letters;
}

/** connection shows whether what is shown is live. Behind a break the process may be another one. */
async function connection(up) {
  live.className = up ? "up" : "down";
  live.textContent = up ? "live" : "connecting …";
  live.title = up ? `process ${state.overview.process} on ${state.overview.host}` : "";
  if (!up) return;
  const before = state.overview.started;
  await load().catch(() => {});
  if (state.overview.started !== before) state.restarted();
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const to = { r: "requests", c: "chains", t: "try", l: "log" }[event.key];
  if (to) location.hash = `#/${to}`;
});

start();
