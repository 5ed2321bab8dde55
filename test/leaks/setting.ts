import { randomBytes } from 'node:crypto';
import { type Sandbox, sandboxKinds, startSandbox } from '../../local/sandbox/index.ts';
import { type ScriptedProvider, startScriptedProvider } from '../support/scripted-provider.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { createTap, type Tap } from '../support/tap.ts';

export const canary = (): string => `canary-${randomBytes(24).toString('base64url')}`;

/** The secret halves of a provider's credentials; a client's id is none. */
const secretFields = ['apiKey', 'clientSecret'];

/** A stack whose every provider fails in every way it can, under a watch. */
export interface Setting extends AsyncDisposable {
  readonly rescind: TestStack;
  readonly sandboxes: readonly Sandbox[];
  /** A provider that says what it was sent in every field it can. */
  readonly echo: ScriptedProvider;
  readonly tap: Tap;
  /** What must be found nowhere, by name. */
  readonly canaries: Map<string, string>;
  /** What AWS answered, but for the secrets that it was asked for. */
  readonly awsAnswers: string[];
  /** From now on every n-th AWS request of the functions is lost on its way. */
  readonly disturbAws: (every: number) => void;
  readonly secrets: Readonly<Record<string, unknown>>;
}

export async function startSetting(): Promise<Setting> {
  const sandboxes = await Promise.all(sandboxKinds.map((kind) => startSandbox(kind)));
  const echo = await startScriptedProvider('echo', ({ token, authorization = '', times }) => {
    if (times === 2) return 'drop';
    const throttled = times === 1 && token.length % 11 === 0;
    const status = throttled
      ? 429
      : ([400, 403, 422, 500, 503, 200, 302, 404][token.length % 8] ?? 400);
    const said = `${token} ${authorization}`;
    const body = JSON.stringify({ error: token, error_description: said, error_uri: said });
    return { status, body, headers: { 'x-echo': said, location: `/?token=${token}` } };
  });
  const clientSecret = canary();
  const secrets = {
    ...Object.fromEntries(sandboxes.map(({ kind, secret }) => [kind, secret])),
    echo: { clientId: 'echo', clientSecret },
  };
  const awsAnswers: string[] = [];
  let every = Number.POSITIVE_INFINITY;
  let requests = 0;
  const tap = createTap({
    before: ({ operation }) => {
      requests += 1;
      if (operation !== 'GetSecretValue' && requests % every === 0) throw new Error('lost');
      return undefined;
    },
    after: ({ operation }, answer) => {
      if (operation !== 'GetSecretValue') awsAnswers.push(JSON.stringify(answer));
    },
  });
  const verified = sandboxes.map(({ provider }) => ({ ...provider, verify: true }));
  const rescind = await startTestStack({
    providers: [...verified, echo.entry],
    secrets,
    tap: tap.tap,
    sweepSeconds: 1,
  });
  const canaries = new Map([
    ['the client secret of echo', clientSecret],
    ['the API key', rescind.stack.apiKey],
    ...sandboxes.flatMap(({ kind, secret }) =>
      Object.entries(secret)
        .filter(([field]) => secretFields.includes(field))
        .map(([field, value]): [string, string] => [`${field} of ${kind}`, value]),
    ),
  ]);
  return {
    ...{ rescind, sandboxes, echo, tap, canaries, awsAnswers, secrets },
    disturbAws: (n) => {
      every = n;
    },
    [Symbol.asyncDispose]: async () => {
      await rescind[Symbol.asyncDispose]();
      await tap[Symbol.asyncDispose]();
      await echo[Symbol.asyncDispose]();
      await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
    },
  };
}

interface Job {
  readonly provider: string;
  readonly token: string;
  readonly tokenType?: 'access_token';
  readonly refreshToken?: string;
  readonly ref: string;
}

/** Jobs of every provider with tokens of every sort, each one a canary from now on. */
export async function tokenJobs({ sandboxes, canaries }: Setting) {
  const jobs: Job[] = [];
  for (const [seed, sandbox] of sandboxes.entries()) {
    sandbox.setFaults({ seed, drop: { probability: 0.2 }, unavailable: { probability: 0.2 } });
    const issued = [
      ...(await sandbox.issue({ count: 12 })),
      ...(await sandbox.issue({ count: 4, dead: true })),
      ...(await sandbox.issue({ count: 4, foreign: true })),
    ];
    const tokenType = 'access_token';
    for (const { token } of issued) {
      jobs.push({ provider: sandbox.kind, token, tokenType, ref: `r${jobs.length}` });
    }
    // Nylas revokes no refresh tokens.
    if (sandbox.kind === 'nylas') continue;
    for (const { token, pair } of await sandbox.issue({ count: 3 })) {
      const ref = `r${jobs.length}`;
      jobs.push({ provider: sandbox.kind, token, tokenType, refreshToken: pair, ref });
      canaries.set(`the refresh token of ${ref}`, pair);
    }
  }
  for (let index = 0; index < 16; index += 1) {
    jobs.push({
      provider: 'echo',
      token: `${canary()}${'x'.repeat(index)}`,
      ref: `r${jobs.length}`,
    });
  }
  for (const { token, ref } of jobs) canaries.set(`the token of ${ref}`, token);
  const subject = canary();
  const parameter = canary();
  canaries.set('a subject', subject).set('a parameter', parameter);
  return jobs.map((job) => ({ ...job, subject, parameters: { shop: parameter } }));
}
