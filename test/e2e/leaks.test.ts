import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Sandbox, sandboxKinds, startSandbox } from '../../local/sandbox/index.ts';
import { startScriptedProvider } from '../support/scripted-provider.ts';
import { startTestStack } from '../support/stack.ts';
import { createTap } from '../support/tap.ts';

/** The forms in which a secret might stand somewhere. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Base64 of a text inside another begins at one of three offsets; the middle is the same.
  const inner = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [secret, encodeURIComponent(secret), bytes.toString('hex'), ...inner];
}

function found(where: string, text: string, secrets: ReadonlyMap<string, string>): string[] {
  return [...secrets].flatMap(([name, secret]) =>
    formsOf(secret).some((form) => text.includes(form)) ? [`${name} in ${where}`] : [],
  );
}

async function* filesBelow(directory: string): AsyncGenerator<string> {
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) yield join(entry.parentPath, entry.name);
  }
}

describe('tokens and secrets', () => {
  it('stand in no queue, table, log, file or answer, whatever goes wrong', async () => {
    const consoleText: string[] = [];
    const restore = captureConsole(consoleText);
    const sandboxes: Sandbox[] = await Promise.all(sandboxKinds.map((kind) => startSandbox(kind)));
    // A provider that says the token back in every field it can, and fails in every way.
    await using echo = await startScriptedProvider('echo', ({ token, times }) => {
      const body = JSON.stringify({ error: token, error_description: token, error_uri: token });
      const status = [400, 403, 422, 500, 503, 200][token.length % 6] ?? 400;
      if (times === 2) return 'drop';
      return { status, body, headers: { 'x-echo': token } };
    });
    const answers: string[] = [];
    const tap = createTap({ after: (_, answer) => void answers.push(JSON.stringify(answer)) });
    const secrets = new Map<string, string>();
    const jobs: { provider: string; token: string; tokenType?: 'access_token'; ref: string }[] = [];
    for (const [position, sandbox] of sandboxes.entries()) {
      sandbox.setFaults({
        seed: position,
        drop: { probability: 0.2 },
        unavailable: { probability: 0.2 },
      });
      const issued = [
        ...(await sandbox.issue({ count: 12 })),
        ...(await sandbox.issue({ count: 4, dead: true })),
        ...(await sandbox.issue({ count: 4, foreign: true })),
      ];
      for (const { token } of issued) {
        jobs.push({
          provider: sandbox.kind,
          token,
          tokenType: 'access_token',
          ref: `r${jobs.length}`,
        });
      }
    }
    for (let index = 0; index < 30; index += 1) {
      const token = `canary${randomBytes(16).toString('hex')}${'x'.repeat(index)}`;
      jobs.push({ provider: 'echo', token, ref: `r${jobs.length}` });
    }
    for (const { token, ref } of jobs) secrets.set(`token ${ref}`, token);

    const apiAnswers: string[] = [];
    let files: string[] = [];
    {
      const rescind = await startTestStack({
        providers: [...sandboxes.map(({ provider }) => provider), echo.entry],
        secrets: {
          ...Object.fromEntries(sandboxes.map(({ kind, secret }) => [kind, secret])),
          echo: echo.secret,
        },
        tap: tap.tap,
      });
      const { revocation } = await rescind.revoke(jobs);
      await rescind
        .api('/v1/revocations', {
          method: 'POST',
          body: JSON.stringify({ jobs: jobs.map((job) => ({ ...job, provider: job.token })) }),
        })
        .then(async (answer) => apiAnswers.push(await answer.text()));
      for (const path of [
        '/v1/revocations',
        '/v1/providers',
        '/v1/dead-letters?limit=500',
        `${revocation.links.outcomes}?limit=500`,
      ]) {
        const answer = await rescind.api(path);
        apiAnswers.push(await answer.text(), JSON.stringify([...answer.headers]));
      }
      expect(revocation.counts.parked).toBeGreaterThan(0);
      await rescind.stack.close();
      files = await Array.fromAsync(filesBelow(join(rescind.directory, 'data')));

      const leaks = [
        ...found('a request to AWS', JSON.stringify(tap.requests.map(({ body }) => body)), secrets),
        ...found(
          'an answer of AWS',
          answers.filter((text) => !text.includes('SecretString')).join(),
          secrets,
        ),
        ...found('the functions’ output', rescind.printed(), secrets),
        ...found('the console', consoleText.join('\n'), secrets),
        ...found('an answer of the API', apiAnswers.join('\n'), secrets),
      ];
      for (const file of files) leaks.push(...found(file, await readFile(file, 'latin1'), secrets));
      expect(leaks).toEqual([]);

      // The search itself finds what is there.
      const [job] = jobs;
      expect(
        found('a text', `…${Buffer.from(`x${job?.token}y`).toString('base64')}…`, secrets),
      ).toHaveLength(1);
      expect(rescind.printed()).toContain('job.parked');
      expect(rescind.printed()).toContain('"Namespace":"Rescind"');
      expect(files.length).toBeGreaterThan(3);
    }
    restore();
    await tap[Symbol.asyncDispose]();
    await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
  });
});

function captureConsole(into: string[]): () => void {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (chunk: string | Uint8Array) => {
    into.push(String(chunk));
    return true;
  };
  return () => {
    process.stdout.write = write;
  };
}
