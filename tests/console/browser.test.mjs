// What a person sees and does in the console, in a real Chromium. The app with the
// chains is at APP, and once more at SECURED, where a token is needed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { chromium } from "playwright-core";

const { APP, SECURED, STORED, ADMIN_TOKEN, GUEST_TOKEN, CHROMIUM, PICTURES, SAMPLES } = process.env;
const order = readFileSync(join(SAMPLES, "order.json"));
const photo = readFileSync(join(SAMPLES, "photo.jpg"));
const patient = { timeout: 30_000 };

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
});
after(() => browser.close());

/** send calls a chain as any client does, and returns the id of the request. */
async function send(path, { app = APP, type = "application/json", body = order, headers = {} } = {}) {
  const answer = await fetch(app + path, { method: "POST", headers: { "Content-Type": type, ...headers }, body });
  await answer.arrayBuffer();
  return answer.headers.get("x-request-id");
}

/** open opens the console at a fragment; whatever goes wrong in the page fails the test at its end. */
async function open(t, fragment = "", { app = APP, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(patient.timeout);
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of (401|403|404|409)/.test(message.text())) wrong.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(app) && !request.url().startsWith("data:") && !request.url().startsWith("blob:")) wrong.push(`it loads ${request.url()}`);
  });
  await page.goto(`${app}/_homing/${fragment}`);
  t.after(async () => {
    await context.close();
    assert.deepEqual(wrong, []);
  });
  return page;
}

const picture = (page, name, options = {}) => page.screenshot({ path: join(PICTURES, `console-${name}.png`), animations: "disabled", caret: "hide", ...options });
const row = (page, id) => page.locator(`homing-requests tr:has([data-id="${id}"])`);
const text = (locator) => locator.innerText();

describe("requests", () => {
  it("come up while one looks, with their status and time", async (t) => {
    const page = await open(t);
    await page.locator("#live.up").waitFor();
    const id = await send("/quote");
    const answered = row(page, id).filter({ hasText: "200" }); // it may be seen while it runs
    await answered.waitFor();
    assert.match(await text(answered), /200[\s\S]*quote[\s\S]*POST \/quote[\s\S]*s/);
  });

  it("are filtered by text, kind and chain", async (t) => {
    const [good, bad] = [await send("/quote"), await send("/broken")];
    const page = await open(t);
    await row(page, bad).waitFor();
    await page.getByLabel("Which requests").selectOption("failed");
    assert.equal(await row(page, good).count(), 0);
    await page.getByLabel("Which requests").selectOption("all");
    await page.getByLabel("Chain", { exact: true }).selectOption("quote");
    assert.equal(await row(page, bad).count(), 0);
    await page.getByRole("searchbox", { name: "Filter" }).fill("no such thing");
    assert.match(await text(page.locator(".list .empty")), /No request matches/);
  });

  it("show one as a waterfall, with what went in and came out of each step", async (t) => {
    const page = await open(t, `#/requests/${await send("/quote")}`);
    const steps = page.locator(".waterfall button");
    await steps.first().waitFor();
    assert.deepEqual((await steps.locator(".name").allInnerTexts()).map((s) => s.trim()), ["Request", "validate", "enrich", "price", "Answer"]);
    await steps.nth(2).click();
    assert.equal(await steps.nth(2).getAttribute("aria-expanded"), "true");
    const [input, output] = [page.locator(".pair pre").nth(0), page.locator(".pair pre").nth(1)];
    assert.match(await text(input), /"sku": "NOTE-A5-DOT"/);
    assert.match(await text(output), /"unitPrice": "12.90"/);
    assert.ok((await page.locator(".pair pre .key").count()) > 10, "JSON is not coloured");
    await picture(page, "request");
  });

  it("show images as images", async (t) => {
    const page = await open(t, `#/requests/${await send("/thumbnail?w=320", { type: "image/jpeg", body: photo })}`);
    const image = page.locator("#part img");
    await image.waitFor();
    await page.waitForFunction(() => document.querySelector("#part img")?.naturalWidth === 320);
    assert.match(await image.getAttribute("src"), /^data:image\/jpeg;base64,/);
  });

  it("show an error at its step, and which steps did not run", async (t) => {
    const page = await open(t, `#/requests/${await send("/broken")}`);
    await page.locator(".waterfall .bar.bad").waitFor();
    assert.match(await text(page.locator(".missing")), /never[\s\S]*did not run/);
    assert.equal(await page.locator('.waterfall button[aria-expanded="true"] .name').innerText(), "breaks");
  });

  it("show each attempt", async (t) => {
    const page = await open(t, `#/requests/${await send("/flaky", { headers: { Authorization: "Bearer very-secret", "Accept-Language": "de" } })}`);
    await page.locator(".waterfall button").nth(3).waitFor();
    const names = await page.locator(".waterfall .name").allInnerTexts();
    assert.deepEqual(names.slice(0, 4).map((s) => s.trim()), ["Request", "try", "try attempt 2", "try attempt 3"]);
    await page.locator('[data-part="in"]').click();
    await page.locator("#part summary").click();
    const attributes = await text(page.locator("#part dl"));
    assert.match(attributes, /httpacceptlanguage\s+de/);
    assert.match(attributes, /httpauthorization\s+\(not shown\)/);
    assert.ok(!(await page.content()).includes("very-secret"));
  });

  it("show a huge body and a binary one as such", async (t) => {
    const page = await open(t, `#/requests/${await send("/huge")}`);
    await page.locator('[data-part="0"]').click();
    assert.match(await text(page.locator(".payload").nth(1)), /976\.6 KiB · the first 256 KiB are kept/);
    await page.locator('[data-part="1"]').click();
    assert.match(await text(page.locator(".payload").nth(1)), /Binary data; its first bytes:[\s\S]*00 01 02 ff/);
  });

  it("follow an async one until its reply is there", async (t) => {
    const page = await open(t, `#/requests/${await send("/waits", { headers: { Prefer: "respond-async" } })}`);
    await page.locator("h1 .badge", { hasText: /^(running|pending)$/ }).waitFor();
    assert.match(await text(page.locator("header.request")), /async/);
    await send("/releases");
    await page.locator("h1 .badge", { hasText: "200" }).waitFor();
  });

  it("are unknown when they are not kept any more", async (t) => {
    const page = await open(t, "#/requests/01890a5d-ac96-774b-bcce-b302099a8057");
    assert.match(await text(page.getByRole("alert")), /is not among the last ones/);
  });
});

describe("hostile payloads", () => {
  for (const path of ["/hostile", "/broken"]) {
    it(`of ${path} are text`, async (t) => {
      const page = await open(t, `#/requests/${await send(path, { type: "text/html", body: '<script>window.hacked=1</script><img src=x onerror="window.hacked=1">' })}`);
      for (const part of ["in", "0", "out"]) {
        await page.locator(`[data-part="${part}"]`).click();
        await page.locator("#part").waitFor();
      }
      await page.locator('[data-part="in"]').click();
      assert.match(await text(page.locator("#part pre")), /<script>window\.hacked=1<\/script>/);
      assert.equal(await page.evaluate(() => window.hacked), undefined);
      assert.equal(await page.locator("main script, main iframe, main object, #part img").count(), 0);
      await page.goto(`${APP}/_homing/#/log`);
      await page.locator(".log li").first().waitFor();
      assert.equal(await page.evaluate(() => window.hacked), undefined);
    });
  }

  it("that claim to be SVG or PNG are not drawn", async (t) => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="window.hacked=1"/>';
    for (const type of ["image/svg+xml", "image/png"]) {
      const page = await open(t, `#/requests/${await send("/huge", { type, body: svg })}`);
      await page.locator('[data-part="in"]').click();
      assert.match(await text(page.locator("#part pre")), /<svg/);
      assert.equal(await page.locator("#part img").count(), 0);
    }
  });

  it("cannot be reached from another page", async () => {
    const body = JSON.stringify({ request: await send("/quote"), run: 0 });
    const replay = (headers) => fetch(`${APP}/_homing/api/replay`, { method: "POST", body, headers: { "Content-Type": "application/json", ...headers } });
    assert.equal((await replay({ Origin: "https://evil.example" })).status, 403);
    assert.equal((await replay({ "Content-Type": "text/plain" })).status, 415);
    assert.equal((await replay({})).status, 200);
    const page = await fetch(`${APP}/_homing/`);
    assert.match(page.headers.get("content-security-policy"), /^default-src 'none'; script-src 'self';/);
    assert.equal(page.headers.get("x-content-type-options"), "nosniff");
  });
});

describe("chains", () => {
  it("are drawn with live rates, times and errors", async (t) => {
    const page = await open(t, "#/chains");
    for (let n = 0; n < 6; n++) await Promise.all([send("/quote"), send("/broken"), send("/flaky"), send("/thumbnail", { type: "image/jpeg", body: photo })]);
    const graph = page.getByRole("group", { name: "Graph of quote" });
    await graph.locator("rect.step.busy").first().waitFor();
    assert.deepEqual(await graph.locator("text.name").allTextContents(), ["validate", "enrich", "price"]);
    await graph.locator("text", { hasText: /^[\d.]+\/s$/ }).first().waitFor();
    await page.getByRole("group", { name: "Graph of broken" }).locator("rect.step.bad").waitFor();
    await picture(page, "chains");
    await page.getByText("All figures, limits and breakers").nth(2).click();
    const table = page.locator("section", { hasText: "Fails at first" }).locator("table");
    await page.waitForFunction(() => [...document.querySelectorAll("table tr")].some((r) => /guarded.*of 3.*closed/.test(r.innerText.replace(/\s+/g, " "))));
    assert.match(await text(table), /3 attempts/);
  });

  it("are dark where that is liked", async (t) => {
    const page = await open(t, "#/chains", { colorScheme: "dark" });
    await page.locator("svg").first().waitFor();
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(15, 18, 24)");
    await picture(page, "dark");
  });
});

describe("trying", () => {
  it("sends the sample of the OpenAPI document", async (t) => {
    const page = await open(t, "#/try/typed");
    const body = page.getByLabel("Body", { exact: true });
    await body.waitFor();
    assert.match(await body.inputValue(), /"lines": \[\s*\{[\s\S]*"sku"/);
    await picture(page, "try");
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator("h1 .badge", { hasText: "200" }).waitFor();
    assert.match(await text(page.locator("header.request h1")), /typed[\s\S]*200/);
  });

  it("sends an earlier request again, edited", async (t) => {
    const page = await open(t, `#/requests/${await send("/quote")}`);
    await page.getByRole("link", { name: "Edit and send again" }).click();
    const body = page.getByLabel("Body", { exact: true });
    await body.waitFor();
    await body.fill((await body.inputValue()).replace("PO-2026-00417", "PO-EDITED"));
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator("#part pre", { hasText: "PO-EDITED" }).waitFor();
    await page.locator("h1 .badge", { hasText: "200" }).waitFor();
  });

  it("sends an earlier image again, to the byte", async (t) => {
    const page = await open(t, `#/requests/${await send("/thumbnail?w=64", { type: "image/jpeg", body: photo })}`);
    await page.getByRole("link", { name: "Edit and send again" }).click();
    await page.getByText(photo.length > 256 * 1024 ? "choose a file" : "is sent as it was").waitFor();
    if (photo.length > 256 * 1024) await page.getByLabel("File as body").setInputFiles(join(SAMPLES, "photo.jpg"));
    await page.getByRole("button", { name: "Send" }).click();
    await page.waitForFunction(() => document.querySelector("#part img")?.naturalWidth === 64);
  });

  it("runs one step again with another input", async (t) => {
    const first = await send("/quote");
    const page = await open(t, `#/requests/${first}`);
    await page.locator('[data-part="0"]').click();
    await page.getByText("Run validate again").click();
    const input = page.getByLabel("Input of validate");
    await input.fill((await input.inputValue()).replace("PO-2026-00417", "PO-STEP"));
    await page.getByRole("button", { name: "Run this step" }).click();
    await page.getByText("One step again of").waitFor();
    await page.locator("#part pre", { hasText: "PO-STEP" }).waitFor();
    assert.equal(await page.locator(".waterfall button").count(), 3);
    assert.equal(await page.locator(".missing").count(), 0);
  });
});

describe("the log", () => {
  it("follows what the process writes, and leads to the request", async (t) => {
    const page = await open(t, "#/log");
    const id = await send("/broken");
    await page.locator(".log a", { hasText: id }).first().waitFor();
    await page.getByLabel("Least level").selectOption("ERROR");
    await page.locator(".log .level.bad").first().waitFor();
    assert.equal(await page.locator(".log .level.plain").count(), 0);
    await page.locator(".log a", { hasText: id }).first().click();
    await page.locator("h1 .badge", { hasText: "500" }).waitFor();
  });
});

describe("dead letters", () => {
  it("of the store are shown with their event, as text", async (t) => {
    const page = await open(t, "", { app: STORED });
    await page.getByRole("link", { name: "Dead letters" }).click();
    const letter = page.locator("homing-letters details");
    await letter.locator("summary").click();
    assert.match(await text(letter), /crash quote · price[\s\S]*onerror[\s\S]*tried 3 times[\s\S]*PO-DEAD[\s\S]*redrive/);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
  });
});

describe("who may see it", () => {
  const signIn = async (page, token) => {
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
  };

  it("is who has the token of an admin", async (t) => {
    const id = await send("/quote", { app: SECURED, headers: { Authorization: `Bearer ${GUEST_TOKEN}` } });
    const page = await open(t, `#/requests/${id}`, { app: SECURED });
    await signIn(page, ADMIN_TOKEN);
    await page.locator("header.request", { hasText: "guest" }).waitFor();
    await page.getByRole("link", { name: "Edit and send again" }).click();
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator("header.request", { hasText: "ops" }).waitFor();
  });

  it("is no other tenant, and nobody without one", async (t) => {
    const page = await open(t, "", { app: SECURED });
    await signIn(page, GUEST_TOKEN);
    await page.getByRole("alert").filter({ hasText: "tenant guest may not see the console" }).waitFor();
    assert.equal(await page.locator("homing-requests").count(), 0);
    for (const path of ["overview", "requests", "stats", "stream", "logs", "letters"]) {
      assert.equal((await fetch(`${SECURED}/_homing/api/${path}`)).status, 401, path);
      const headers = { Authorization: `Bearer ${GUEST_TOKEN}` };
      assert.equal((await fetch(`${SECURED}/_homing/api/${path}`, { headers })).status, 403, path);
    }
  });
});

describe("without a mouse or much room", () => {
  it("the keyboard does all of it", async (t) => {
    const [older, newer] = [await send("/quote"), await send("/quote")];
    const page = await open(t);
    await row(page, older).waitFor();
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement.type), "search");
    await row(page, newer).locator("a").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/#/requests/${older}`);
    const step = page.locator('.waterfall [data-part="1"]');
    await step.focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.locator('.waterfall [data-part="1"]').getAttribute("aria-expanded"), "true");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.part), "1", "the focus is lost");
    await page.keyboard.press("Escape");
    await page.waitForURL("**/#/requests");
    await page.keyboard.press("c");
    await page.locator("homing-chains").waitFor();
  });

  it("a phone shows every screen without scrolling sideways", async (t) => {
    const id = await send("/quote");
    const page = await open(t, "", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const fits = async (name) => {
      const [have, want] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(have <= want, `${name} is ${have} wide on ${want}`);
    };
    await row(page, id).waitFor();
    await fits("the list");
    await row(page, id).tap();
    await page.locator(".waterfall").waitFor();
    await fits("a request");
    await picture(page, "phone");
    await page.getByRole("link", { name: "All requests" }).click();
    for (const name of ["chains", "try", "log"]) {
      await page.goto(`${APP}/_homing/#/${name}`);
      await page.locator(`homing-${name} h1`).first().waitFor();
      await fits(name);
    }
  });
});
