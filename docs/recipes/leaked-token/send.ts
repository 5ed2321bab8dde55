/**
 * Sends what Gitleaks has found as one alert, signed as Standard Webhooks says, by that project's own SDK.
 * A step of a pipeline, after the scan:
 *
 *     npx node docs/recipes/leaked-token/send.ts report.json RUN
 *
 * RUN names the scan, and the alert with it: the same one sent again does nothing.
 * SCANNER_WEBHOOK_URL and SCANNER_WEBHOOK_SECRET say where to, and by what it is signed.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import * as z from 'zod';

const [file, run] = process.argv.slice(2);
const { SCANNER_WEBHOOK_URL: url, SCANNER_WEBHOOK_SECRET: secret } = process.env;
if (file === undefined || run === undefined) throw new Error('usage: send.ts REPORT.json RUN');
if (url === undefined || secret === undefined) {
  throw new Error('set SCANNER_WEBHOOK_URL and SCANNER_WEBHOOK_SECRET');
}

const report = z.array(z.object({ RuleID: z.string(), Secret: z.string() }));
const findings = report.parse(JSON.parse(await readFile(file, 'utf8')));
const body = JSON.stringify({ type: 'token.leaked', data: { run, findings } });

async function send(): Promise<Response> {
  const now = new Date();
  return fetch(`${url}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': `scan-${run}`,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(`${secret}`).sign(`scan-${run}`, now, body),
    },
    body,
  });
}

let answer = await send();
for (let tries = 1; answer.status >= 500 && tries < 5; tries += 1) {
  await sleep(1000 * 2 ** tries);
  answer = await send();
}
console.log(`${answer.status} ${await answer.text()}`);
if (!answer.ok) process.exitCode = 1;
