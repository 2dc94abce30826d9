// What pages may do, in a real Chromium. SHOP is the origin that chain.yaml lists,
// EVIL another site, and NEIGHBOUR another port of the same machine. The chains are
// at the address APP, and once more at SECURED, where a token is needed.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { chromium } from "playwright-core";

const { APP, SECURED, SHOP, EVIL, NEIGHBOUR, TOKEN, CHROMIUM } = process.env;
const app = `http://${APP}`;
const secured = `http://${SECURED}`;

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--host-resolver-rules=MAP rebound.example 127.0.0.1"],
  });
});
after(() => browser.close());

/** page opens an empty page of an origin, in a context of its own. */
async function page(t, origin) {
  const context = await browser.newContext();
  context.setDefaultTimeout(30_000);
  t.after(() => context.close());
  const opened = await context.newPage();
  await opened.goto(origin);
  return opened;
}

/** send calls by fetch from a page, and returns what the page may see of the answer. */
const send = (from, url, options = {}) =>
  from.evaluate(
    async ([url, options]) => {
      try {
        const answer = await fetch(url, options);
        return { status: answer.status, type: answer.type, headers: Object.fromEntries(answer.headers), body: await answer.text() };
      } catch (error) {
        return { refused: String(error) };
      }
    },
    [url, options],
  );

/** runs is how often functions of closed chains have run. */
const runs = async () => Number(await (await fetch(`${app}/count`)).text());

const json = { "Content-Type": "application/json" };
const asShop = { ...json, Authorization: `Bearer ${TOKEN}` };

describe("a page that is listed", () => {
  it("calls a chain, and reads the answer", async (t) => {
    const got = await send(await page(t, SHOP), `${app}/quote`, { method: "POST", headers: json, body: "[1]" });
    assert.equal(got.status, 200);
    assert.equal(got.body, "[1]");
    assert.ok(got.headers["x-request-id"]);
  });

  it("calls with Prefer and a key, and reads where the reply will be", async (t) => {
    const shop = await page(t, SHOP);
    const headers = { ...asShop, Prefer: "respond-async", "Idempotency-Key": `"${Date.now()}"` };
    const got = await send(shop, `${secured}/quote`, { method: "POST", headers, body: "[2]" });
    assert.equal(got.status, 202);
    assert.equal(got.headers["preference-applied"], "respond-async");
    assert.ok(Number(got.headers["retry-after"]) > 0);
    const reply = await send(shop, secured + got.headers.location, { headers: { ...asShop, Prefer: "wait=20" } });
    assert.equal(reply.body, "[2]");
    const again = await send(shop, `${secured}/quote`, { method: "POST", headers: { ...headers, Prefer: "wait=20" }, body: "[2]" });
    assert.equal(again.headers["idempotency-replayed"], "true");
    const cancelled = await send(shop, secured + got.headers.location, { method: "DELETE", headers: asShop });
    assert.equal(cancelled.status, 409);
  });

  it("follows a call by an EventSource with a signed link, which sends no token", async (t) => {
    const shop = await page(t, SHOP);
    const got = await send(shop, `${secured}/held`, { method: "POST", headers: { ...asShop, Prefer: "respond-async, signed-link=60" }, body: "[3]" });
    assert.match(got.headers["preference-applied"], /signed-link=60/);
    const seen = await shop.evaluate(
      ([url, release, headers]) =>
        new Promise((resolve) => {
          const seen = [];
          const source = new EventSource(url);
          for (const name of ["accepted", "progress", "reply", "problem"]) {
            source.addEventListener(name, (e) => {
              seen.push([name, e.data]);
              if (name === "accepted") fetch(release, { method: "POST", headers, body: "1" }); // the call ends once it is followed
              if (name === "reply" || name === "problem") {
                source.close();
                resolve(seen);
              }
            });
          }
          source.onerror = () => source.readyState === EventSource.CLOSED && resolve([...seen, ["error"]]);
        }),
      [secured + got.headers.location, `${secured}/release`, asShop],
    );
    assert.equal(seen[0][0], "accepted");
    assert.ok(seen.some(([name]) => name === "progress"));
    assert.equal(seen.at(-1)[0], "reply");
    assert.match(seen.at(-1)[1], /\[3\]/);
  });

  it("gets no EventSource without the link", async (t) => {
    const shop = await page(t, SHOP);
    const got = await send(shop, `${secured}/quote`, { method: "POST", headers: { ...asShop, Prefer: "respond-async" }, body: "[4]" });
    const failed = await shop.evaluate(
      (url) => new Promise((resolve) => (new EventSource(url).onerror = (e) => resolve(e.target.readyState === EventSource.CLOSED))),
      secured + got.headers.location,
    );
    assert.ok(failed);
  });

  it("reads why a call was refused", async (t) => {
    const shop = await page(t, SHOP);
    const unknown = await send(shop, `${secured}/quote`, { method: "POST", headers: json, body: "1" });
    assert.equal(unknown.status, 401);
    assert.equal(JSON.parse(unknown.body).status, 401);
    const type = await send(shop, `${app}/quote`, { method: "POST", body: "1" });
    assert.equal(type.status, 415);
    const missing = await send(shop, `${app}/missing`);
    assert.equal(missing.status, 404);
  });

  it("uploads by a form in a script, and by one that leaves the page", async (t) => {
    const shop = await page(t, SHOP);
    const got = await shop.evaluate(async (url) => {
      const form = new FormData();
      form.append("photo", new File(["12345"], "a.jpg"));
      return (await fetch(url, { method: "POST", body: form })).text();
    }, `${app}/upload`);
    assert.equal(got, "a.jpg has 5 bytes");
    await shop.setContent(`<form method=post enctype=multipart/form-data action="${app}/upload"><input type=file name=photo><button>send</button></form>`);
    await shop.locator("input").setInputFiles({ name: "b.jpg", mimeType: "image/jpeg", buffer: Buffer.from("123") });
    await shop.locator("button").click();
    await shop.waitForURL(`${app}/upload`);
    assert.equal(await shop.innerText("body"), "b.jpg has 3 bytes");
  });

  it("sends cookies where the chain lets it, and nowhere else", async (t) => {
    const shop = await page(t, SHOP);
    const sent = { method: "POST", credentials: "include", body: "x" };
    assert.equal((await send(shop, `${app}/login`, sent)).status, 200);
    assert.ok((await send(shop, `${app}/public`, sent)).refused);
  });

  it("may not call a chain that does not list it", async (t) => {
    const before = await runs();
    assert.ok((await send(await page(t, SHOP), `${app}/closed`, { method: "POST", body: "x" })).refused);
    assert.equal(await runs(), before);
  });
});

for (const [who, origin] of [["another site", EVIL], ["another port", NEIGHBOUR]]) {
  describe(`a page of ${who}`, () => {
    it("runs no function, whatever it sends", async (t) => {
      const evil = await page(t, origin);
      const before = await runs();
      assert.ok((await send(evil, `${app}/closed`, { method: "POST", headers: json, body: "{}" })).refused, "with a preflight");
      assert.ok((await send(evil, `${app}/closed`, { method: "POST", body: "x" })).refused, "without");
      await send(evil, `${app}/closed`, { method: "POST", mode: "no-cors", body: "x" });
      await send(evil, `${app}/picture`, { mode: "no-cors" });
      await evil.evaluate((url) => navigator.sendBeacon(url, "x"), `${app}/closed`);
      for (const enctype of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
        await evil.goto(origin);
        await evil.setContent(`<form method=post enctype="${enctype}" action="${app}/closed"><input name=a value=b><button>send</button></form>`);
        const [answer] = await Promise.all([evil.waitForResponse(`${app}/closed`), evil.locator("button").click()]);
        assert.equal(answer.status(), 403, enctype);
      }
      await evil.goto(origin);
      for (const element of ["img", "script", "iframe"]) {
        const of = (request) => request.url().endsWith(`/picture?${element}`);
        await Promise.all([
          Promise.any([evil.waitForEvent("requestfinished", of), evil.waitForEvent("requestfailed", of)]), // the browser may hide a 403
          evil.evaluate(([element, url]) => {
            document.body.append(Object.assign(document.createElement(element), { src: url }));
          }, [element, `${app}/picture?${element}`]),
        ]);
      }
      assert.equal(await runs(), before);
    });

    it("may call what all pages may, and link to what is read", async (t) => {
      const evil = await page(t, origin);
      assert.equal((await send(evil, `${app}/public`, { method: "POST", body: "x" })).body, "x");
      await evil.setContent(`<a href="${app}/picture">see</a>`);
      const [answer] = await Promise.all([evil.waitForResponse(`${app}/picture`), evil.locator("a").click()]);
      assert.equal(answer.status(), 200);
    });
  });
}

describe("a page without an origin", () => {
  it("runs no function", async (t) => {
    const evil = await page(t, EVIL);
    const before = await runs();
    const origin = await evil.evaluate(
      (url) =>
        new Promise((resolve) => {
          addEventListener("message", (e) => resolve(e.data));
          const frame = document.createElement("iframe");
          frame.sandbox = "allow-scripts";
          frame.srcdoc = `<script>
            fetch(${JSON.stringify(url)}, {method: "POST", mode: "no-cors", body: "x"}).finally(() => parent.postMessage(String(origin), "*"))
          </script>`;
          document.body.append(frame);
        }),
      `${app}/closed`,
    );
    assert.equal(origin, "null");
    assert.equal(await runs(), before);
  });
});

describe("a page whose name was made to lead to this machine", () => {
  it("is not answered", async (t) => {
    const rebound = `http://rebound.example:${APP.split(":")[1]}`;
    const evil = await page(t, "about:blank");
    assert.equal((await evil.goto(`${rebound}/openapi.json`)).status(), 421);
    const before = await runs();
    const got = await send(evil, `${rebound}/closed`, { method: "POST", body: "x" }); // of the same origin
    assert.equal(got.status, 421);
    assert.equal(await runs(), before);
  });
});
