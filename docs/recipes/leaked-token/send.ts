/**
 * Sends what Gitleaks has found as one alert, signed as Standard Webhooks says, by that project's own SDK.
 * A step of a pipeline, after the scan:
 *
 *     npx node docs/recipes/leaked-token/send.ts REPORT.json RUN
 *
 * RUN names the scan, and the alert with it: the same one sent again does nothing.
 * SCANNER_WEBHOOK_URL and SCANNER_WEBHOOK_SECRET say where to, and by what it is signed.
 *
 * It ends with 2, and sends nothing, where the report does not hold the tokens that it tells of, and with 1
 * where the alert was not taken.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import * as z from 'zod';

/**
 * What the rules of gitleaks.toml look for. Polar answers 200 to any text, so what a redacted report has in
 * a token's place would pass for revoked.
 */
const tokens: ReadonlyMap<string, RegExp> = new Map([
  ['polar-token', /^polar_(?:at|rt)_[uo]_[A-Za-z0-9]{20,}$/],
  ['mollie-token', /^(?:access|refresh)_[A-Za-z0-9]{20,}$/],
]);
const report = z.array(z.object({ RuleID: z.string(), Secret: z.string() }));

function fail(message: string): never {
  console.error(`send: ${message}`);
  process.exit(2);
}

/** The findings that webhooks.json has rules for. The other secrets of a report are not to be sent. */
async function findingsIn(file: string): Promise<z.infer<typeof report>> {
  const text = await readFile(file, 'utf8').catch(() => fail(`${file} cannot be read`));
  const parsed = report.safeParse(jsonOf(text));
  if (!parsed.success) fail(`${file} is not a report of Gitleaks in JSON`);
  const findings = parsed.data.filter(({ RuleID }) => tokens.has(RuleID));
  const wrong = findings.filter(({ RuleID, Secret }) => !tokens.get(RuleID)?.test(Secret));
  const [first] = wrong;
  if (first !== undefined) {
    const many = `${wrong.length} of ${findings.length} findings`;
    fail(`${many} hold no token (${first.RuleID}): is ${file} redacted? Nothing was sent`);
  }
  return findings;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const [file, run] = process.argv.slice(2);
const { SCANNER_WEBHOOK_URL: url, SCANNER_WEBHOOK_SECRET: secret } = process.env;
if (file === undefined || run === undefined) fail('usage: send.ts REPORT.json RUN');
if (!/^[\w.-]{1,100}$/.test(run)) fail('RUN must be 1 to 100 letters, digits or . _ -');
if (!url || !secret) fail('set SCANNER_WEBHOOK_URL and SCANNER_WEBHOOK_SECRET');
const findings = await findingsIn(file);
const body = JSON.stringify({ type: 'token.leaked', data: { run, findings } });
const webhook = new Webhook(secret);

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}

async function send(): Promise<Answer> {
  const now = new Date();
  try {
    const response = await fetch(`${url}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': `scan-${run}`,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': webhook.sign(`scan-${run}`, now, body),
      },
      body,
      signal: AbortSignal.timeout(30_000),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return { status: undefined, text: `no answer: ${cause}` };
  }
}

const mayPass = ({ status }: Answer) => status === undefined || status === 429 || status >= 500;

if (findings.length === 0) console.log('no token was found that Rescind can revoke');
else {
  let answer = await send();
  for (let tries = 1; mayPass(answer) && tries < 5; tries += 1) {
    await sleep(500 * 2 ** tries);
    answer = await send();
  }
  const { status, text } = answer;
  console.log(status === undefined ? text : `${status} ${text}`);
  if (status === undefined || status >= 300) process.exitCode = 1;
}
