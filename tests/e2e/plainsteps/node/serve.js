// Serves the steps of Express and of functions-framework, and prints their URLs.

import { createServer } from 'node:http';
import express from 'express';
import * as framework from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { answer } from './steps.js';

const app = express();
app.use(express.json());
app.post('/', (req, res) => answer(req, res, 'express'));

framework.http('plain', (req, res) => answer(req, res, 'functions-framework'));
framework.cloudEvent('event', (event) => ({ type: event.type, data: event.data }));

const servers = { express: createServer(app), plain: getTestServer('plain'), event: getTestServer('event') };
for (const [name, server] of Object.entries(servers)) {
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  console.log(`URL ${name} http://127.0.0.1:${server.address().port}/`);
}
console.log('READY');
process.stdin.resume().on('end', () => process.exit()); // until the test has gone
