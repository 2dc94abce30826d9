#!/usr/bin/env node
// Starts the program that the package of this platform carries, and ends as it does.
'use strict';

const { spawn } = require('node:child_process');
const os = require('node:os');

const name = `@homing-dev/homing-${process.platform}-${process.arch}`;
const file = process.platform === 'win32' ? 'homing.exe' : 'homing';

let program;
try {
  program = require.resolve(`${name}/bin/${file}`);
} catch {
  console.error(`homing: the package ${name} is not installed
  install again without --omit=optional; other platforms can run: go install github.com/homing-dev/homing/cmd/homing@latest`);
  process.exit(1);
}

const child = spawn(program, process.argv.slice(2), { stdio: 'inherit' });
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
for (const signal of signals) {
  // A terminal sends SIGINT to both; the program ends, and this with it.
  process.on(signal, () => signal === 'SIGINT' || child.kill(signal));
}
child.on('error', (err) => {
  console.error(`homing: ${err.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  process.exit(signal ? 128 + os.constants.signals[signal] : code);
});
