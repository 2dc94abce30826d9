// What a step answers, by the field "do" of what it gets.

import { gzipSync } from 'node:zlib';

export async function answer(req, res, by) {
  const order = req.body;
  switch (order.do) {
    case 'text':
      return res.type('text/plain; charset=utf-8').send('fine\n');
    case 'bytes':
      return res.type('image/png').send(Buffer.from('89504e4700ff', 'hex'));
    case 'created':
      return res.status(201).json({ by });
    case 'gzip':
      return res.set('Content-Encoding', 'gzip').type('application/json').send(gzipSync(JSON.stringify({ by })));
    case 'broken':
      return res.type('application/json').send('{"by":');
    case 'typeless':
      res.setHeader('Content-Type', 'a/b; c');
      return res.end('x');
    case 'raise':
      throw new Error('a secret of the step');
    case 'abort':
      return res.status(400).type('text/html').send('<h1>Bad Request</h1>');
    case 'refuse':
      return res.status(422).type('application/problem+json').send({ title: 'Out of stock', status: 422, detail: 'by ' + by });
    case 'empty':
      return res.end();
    case 'none':
      return res.status(204).end();
    case 'redirect':
      return res.redirect('/elsewhere');
    case 'slow':
      await new Promise((done) => setTimeout(done, 30000));
  }
  return res.json({ by, n: order.n + 1, id: 'ce-id' in req.headers, key: req.headers['x-key'] ?? null });
}
