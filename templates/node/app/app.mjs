// Serves the functions of this folder over HTTP, as steps of chain.yaml.
//
// POST /NAME calls the function that functions/NAME.mjs exports as default, with
// (data, event): data is that of the event, read as JSON if it is JSON and a Buffer
// otherwise, and event has the other attributes, as texts. What it returns is the
// data of the result: a Buffer as it is, undefined for no result at all, and anything
// else as JSON. A Problem that it throws is answered with its status; any other error
// is logged and is a 500.

import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

import { Problem } from "./problem.mjs";

/** Returns the functions by name: one for each module in functions. */
export async function load() {
  const folder = new URL("./functions/", import.meta.url);
  const functions = new Map();
  for (const file of await readdir(folder)) {
    if (file.endsWith(".mjs")) {
      const module = await import(new URL(file, folder));
      functions.set(file.slice(0, -".mjs".length), module.default);
    }
  }
  return functions;
}

/** Returns a server of the functions, which does not listen yet. */
export async function server() {
  const functions = await load();
  return createServer(async (request, response) => {
    try {
      const { pathname } = new URL(request.url, "http://localhost");
      await answer(functions, request, pathname.replace(/^\/|\/$/g, ""), response);
    } catch (error) {
      if (!(error instanceof Problem)) {
        console.error(`the function at ${request.url} failed:`, error);
      }
      const { status, detail } = error instanceof Problem ? error : { status: 500 };
      send(response, status, JSON.stringify({ status, detail }), "application/problem+json");
    }
  });
}

async function answer(functions, request, name, response) {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  if (request.method === "GET" && name.startsWith("health/")) {
    send(response, 200, "OK\n", "text/plain; charset=utf-8");
    return;
  }
  const handle = request.method === "POST" && functions.get(name);
  if (!handle) {
    throw new Problem(404, `there is no such function; known are ${[...functions.keys()].join(", ")}`);
  }
  const result = await handle(data(request, Buffer.concat(chunks)), event(request));
  if (result === undefined) {
    response.writeHead(204).end();
  } else if (Buffer.isBuffer(result)) {
    send(response, 200, result, "application/octet-stream");
  } else {
    send(response, 200, JSON.stringify(result), "application/json");
  }
}

function data(request, body) {
  if (!/^application\/([^;]+\+)?json\s*(;|$)/i.test(request.headers["content-type"] ?? "")) {
    return body;
  }
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new Problem(400, `the data is not JSON: ${error.message}`);
  }
}

function event(request) {
  const attributes = Object.entries(request.headers).filter(([name]) => name.startsWith("ce-"));
  return Object.fromEntries(attributes.map(([name, value]) => [name.slice("ce-".length), text(value)]));
}

function text(value) {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function send(response, status, body, type) {
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(body) }).end(body);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const app = await server();
  app.listen(Number(process.env.PORT ?? 9000), process.env.HOST ?? "127.0.0.1", () => {
    const { address, port } = app.address();
    console.log(`serving on http://${address}:${port}`);
  });
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => app.close());
  }
}
