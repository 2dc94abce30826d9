// A step by Express: it answers the event with its data in braces, from the second
// time that it is asked for it on.
const express = require('express');

const seen = new Set();
const app = express();
app.use(express.raw({ type: () => true }));
app.post('/', (req, res) => {
  const id = req.get('ce-id');
  if (!seen.has(id)) {
    seen.add(id);
    res.status(503).end();
    return;
  }
  for (const [name, value] of Object.entries(req.headers)) {
    if (name.startsWith('ce-')) res.set(name, value);
  }
  res.type(req.get('content-type')).send(Buffer.concat([Buffer.from('{'), req.body, Buffer.from('}')]));
});
app.listen(Number(process.env.PORT), '127.0.0.1');
