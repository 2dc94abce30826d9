// Steps of a chain in JavaScript, with the official CloudEvents SDK and nothing
// of Homing: they take a CloudEvent by POST and answer one.
import { createServer } from "node:http";
import { HTTP } from "cloudevents";

// translate makes an order of the short form that the tests' caller writes.
function translate(event) {
  const { order } = event.data;
  const [country, currency, voucher] = order.terms.split("/");
  const lines = order.goods.map((item) => {
    const [quantity, sku] = item.split(" x ");
    return { sku, quantity: Number(quantity) };
  });
  return HTTP.binary(event.cloneWith({ data: { currency, country, voucher, lines } }));
}

// audit tells of an event, and hands it on as it is.
function audit(event) {
  console.log(JSON.stringify({ audited: event.correlationid, type: event.type, deadline: event.expirytime }));
  return HTTP.binary(event);
}

// summarise answers in structured mode, with a status for the caller.
function summarise(event) {
  const { totals, currency } = event.data;
  const data = { summary: `${totals.gross} ${currency}` };
  return HTTP.structured(event.cloneWith({ type: "e2e.summary", httpstatus: "201", data }));
}

const steps = { "/translate": translate, "/audit": audit, "/summarise": summarise };

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const event = HTTP.toEvent({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    const { headers, body } = steps[request.url](event);
    response.writeHead(200, headers).end(body);
  } catch (error) {
    response.writeHead(422, { "content-type": "application/problem+json" });
    response.end(JSON.stringify({ status: 422, title: "Refused by JavaScript", detail: error.message }));
  }
});

server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
