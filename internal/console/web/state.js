// What all screens share: the last requests and figures, as the stream brings them.

class State extends EventTarget {
  overview = { chains: [], limits: {} };
  stats = { chains: [] };
  requests = new Map(); // by id, in the order in which they came

  /** merge takes requests that are new or have changed. */
  merge(all) {
    for (const request of all) this.requests.set(request.id, request);
    const most = this.overview.limits.requests ?? 500;
    for (const id of this.requests.keys()) {
      if (this.requests.size <= most) break;
      this.requests.delete(id);
    }
    this.dispatchEvent(new CustomEvent("requests", { detail: new Set(all.map((request) => request.id)) }));
  }

  measure(stats) {
    this.stats = stats;
    this.dispatchEvent(new Event("stats"));
  }

  /** restarted marks the requests of a process that has ended: their bodies are gone. */
  restarted() {
    for (const request of this.requests.values()) request.old = new Date(request.start) < this.overview.started;
    this.dispatchEvent(new CustomEvent("requests", { detail: new Set() }));
  }

  newest() {
    return [...this.requests.values()].reverse();
  }
}

export const state = new State();

/** Screen is a custom element that listens to the state while it is shown. */
export class Screen extends HTMLElement {
  argument = "";
  #ended = null;

  connectedCallback() {
    this.#ended = new AbortController();
    this.signal = this.#ended.signal;
    this.build();
    this.update();
  }

  disconnectedCallback() {
    this.#ended.abort();
  }

  on(name, f) {
    state.addEventListener(name, f, { signal: this.signal });
  }

  build() {}

  update() {}
}
