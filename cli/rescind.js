#!/usr/bin/env node
// Plain JavaScript, so that any Node can read it: only from 24 on does Node read TypeScript as it is.
import { spawn } from 'node:child_process';
import * as modules from 'node:module';
import { fileURLToPath } from 'node:url';

const main = new URL('./main.ts', import.meta.url);

if (Number.parseInt(process.versions.node, 10) >= 24) {
  // The second start need not strip the types again.
  modules.enableCompileCache?.();
  await import(main.href);
} else {
  const node = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  // The terminal sends Ctrl-C to both; only the child knows how to stop.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', () => {
    process.stderr.write('rescind: Node 24 is missing; run `npm ci` in the project first\n');
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
}
