import { exec } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import cdk from '../cdk.json' with { type: 'json' };

const root = fileURLToPath(new URL('..', import.meta.url));

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rescind-app-'));
});

afterAll(() => rm(directory, { recursive: true }));

/** Runs the app as the CDK's command line does. */
function synth(context: Record<string, unknown>): Promise<{ code: unknown; stderr: string }> {
  const env = {
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    CDK_OUTDIR: join(directory, 'out'),
    CDK_CONTEXT_JSON: JSON.stringify({ ...cdk.context, ...context }),
  };
  return new Promise((resolve) => {
    exec(cdk.app, { cwd: root, env }, (error, _, stderr) =>
      resolve({ code: error?.code ?? 0, stderr }),
    );
  });
}

describe('cdk synth', () => {
  it('turns the providers.json of this repository into a stack, for any account and region', async () => {
    expect(await synth({})).toEqual({ code: 0, stderr: '' });
    const template = await readFile(
      join(directory, 'out/rescind-production.template.json'),
      'utf8',
    );
    expect(template).toContain('rescind-production-lane-nylas');
  });

  it('fails on a provider that makes no sense, saying which and why, without a stack trace', async () => {
    const providers = join(directory, 'providers.json');
    const entry = { id: 'genauth', kind: 'genauth', maxConcurency: 3 };
    await writeFile(providers, JSON.stringify({ providers: [entry] }));
    const { code, stderr } = await synth({ providers });
    expect(code).toBe(1);
    expect(stderr.trim()).toBe(`${providers}: providers.0: Unrecognized key: "maxConcurency"`);
  });

  it('fails on context that makes no sense, likewise', async () => {
    const { code, stderr } = await synth({ jwtAudience: 'rescind' });
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(/^CDK context: jwtIssuer is needed .*Give it with -c name=value/);
  });
});
