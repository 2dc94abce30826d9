// What the page asks of its process. A token, where one is needed, lives as long as
// the tab does.

const KEY = "homing-token";
let token = sessionStorage.getItem(KEY) ?? "";
let onRefusal = () => {};

export function signIn(value) {
  token = value;
  sessionStorage.setItem(KEY, value);
}

export const signedIn = () => token !== "";

/** refused has f be called when a token is missing or not good enough. */
export function refused(f) {
  onRefusal = f;
}

/** base is the URL in front of all paths of the process. */
export const base = new URL("../", document.baseURI.split("#")[0]);

const api = (path) => new URL(`_homing/api/${path}`, base);

/** call is fetch with the token. */
export function call(url, options = {}) {
  const headers = new Headers(options.headers);
  if (token && !headers.has("Authorization")) headers.set("Authorization", `Bearer ${token}`);
  return fetch(url, { ...options, headers });
}

/** ask returns what the console knows, as JSON or as bytes. */
export async function ask(path, { as = "json", body, signal } = {}) {
  const options = { signal };
  if (body) {
    options.method = "POST";
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const answer = await call(api(path), options);
  if (!answer.ok) throw await failure(answer);
  return answer[as]();
}

async function failure(answer) {
  const problem = await answer.json().catch(() => ({}));
  const error = new Error(problem.detail || problem.title || `status ${answer.status}`);
  error.status = answer.status;
  if (answer.status === 401 || answer.status === 403) onRefusal(error);
  return error;
}

/** openAPI is the OpenAPI document of the process. */
export async function openAPI() {
  const answer = await call(new URL("openapi.json", base));
  if (!answer.ok) throw await failure(answer);
  return answer.json();
}

/**
 * follow calls handlers[name] with the data of each event, and state with whether
 * there is a connection. It connects again until signal is aborted. An EventSource
 * could not send the token.
 */
export async function follow(path, handlers, state, signal) {
  for (let pause = 500; !signal.aborted; pause = Math.min(2 * pause, 8000)) {
    try {
      const answer = await call(api(path), { signal });
      if (!answer.ok) throw await failure(answer);
      state(true);
      pause = 500;
      await readEvents(answer.body, handlers);
    } catch (error) {
      if (error.status === 401 || error.status === 403) return;
    }
    if (signal.aborted) return;
    state(false);
    await new Promise((done) => setTimeout(done, pause));
  }
}

async function readEvents(stream, handlers) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const field = (name) => block.match(new RegExp(`^${name}: (.*)$`, "m"))?.[1];
      handlers[field("event")]?.(JSON.parse(field("data")));
    }
  }
}
