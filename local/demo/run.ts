import { randomUUID } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { maximumJobsPerPart } from '../../shared/domain/revocation.ts';
import { type Client, type Counts, createClient } from '../client.ts';
import { startStack } from '../stack.ts';
import { demoFiles } from './hint.ts';
import type { Progress } from './progress.ts';
import { beginTrouble, type Cast, castProviders, retry } from './scenario.ts';

/** What became of one provider's tokens. */
export interface Result {
  readonly total: number;
  readonly revoked: number;
  readonly alreadyInvalid: number;
  readonly parked: number;
  /** As the provider itself says afterwards. */
  readonly stillAlive: number;
}

export interface Report {
  readonly providers: ReadonlyMap<string, Result>;
  readonly seconds: number;
  /** Tokens that their owner could revoke and that live on; none, or the demo has failed. */
  readonly survivors: number;
  /** Jobs without an outcome; none, or the demo has failed. */
  readonly unaccounted: number;
  readonly dataDirectory: string;
}

/** Longest that the demo waits for the last outcome. */
const patienceMs = 5 * 60_000;

/** Runs the whole demo; leaves nothing running, and its records in `dataDirectory`. */
export async function runDemo(total: number, progress: Progress): Promise<Report> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-demo-'));
  const { dataDirectory } = demoFiles(directory);
  const cast = await castProviders(total);
  try {
    const files = await writeConfiguration(directory, cast);
    const stack = await startStack({ ...files, port: 0, dataDirectory, output: progress.log });
    try {
      const client = createClient(stack.url, stack.apiKey);
      progress.begin(cast);
      const began = performance.now();
      for (const member of cast) beginTrouble(member);
      const submitted = await Promise.all(cast.map((member) => submit(member, client)));
      const counts = await watch(cast, submitted, client, progress);
      const seconds = (performance.now() - began) / 1000;
      progress.end();
      const results = await Promise.all(
        cast.map((member, index) =>
          examine(member, counts[index] ?? none, client, submitted[index] ?? []),
        ),
      );
      return {
        seconds,
        dataDirectory: directory,
        providers: new Map(results.map(({ id, result }) => [id, result])),
        survivors: results.reduce((sum, { survivors }) => sum + survivors, 0),
        unaccounted: results.reduce((sum, { unaccounted }) => sum + unaccounted, 0),
      };
    } finally {
      await stack.close();
    }
  } finally {
    await Promise.all(cast.map(({ sandbox }) => sandbox.close()));
  }
}

/** `providers.json` and the secrets, as a person would write them. */
async function writeConfiguration(directory: string, cast: readonly Cast[]) {
  const { providersFile, secretsFile } = demoFiles(directory);
  const providers = cast.map(({ sandbox }) => ({ ...sandbox.provider, retry }));
  const secrets = cast.map(({ sandbox }) => [sandbox.provider.id, sandbox.secret]);
  await writeFile(providersFile, JSON.stringify({ providers }, undefined, 2));
  await writeFile(secretsFile, JSON.stringify(Object.fromEntries(secrets)), { mode: 0o600 });
  return { providersFile, secretsFile };
}

/** Hands one provider's tokens in, 500 a request. */
async function submit({ sandbox, tokens }: Cast, client: Client): Promise<string[]> {
  const ids: string[] = [];
  for (let start = 0; start < tokens.length; start += maximumJobsPerPart) {
    const jobs = tokens
      .slice(start, start + maximumJobsPerPart)
      .map(({ token, tokenType, ref }) => ({
        provider: sandbox.provider.id,
        token,
        tokenType,
        ref,
      }));
    const label = `demo: ${sandbox.provider.id}`;
    ids.push((await client.submit({ label, jobs }, randomUUID())).id);
  }
  return ids;
}

/** Looks on until every revocation is completed; gives each provider's final counts. */
async function watch(
  cast: readonly Cast[],
  submitted: readonly string[][],
  client: Client,
  progress: Progress,
): Promise<Counts[]> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const counts = await Promise.all(
      submitted.map(async (ids) =>
        sum(await Promise.all(ids.map(async (id) => (await client.revocation(id)).counts))),
      ),
    );
    cast.forEach((member, index) => {
      progress.update(member, counts[index] ?? none);
    });
    if (counts.every(({ queued }) => queued === 0) || Date.now() > deadline) return counts;
    await sleep(200);
  }
}

/** Asks the provider which tokens live, and the records whether every job is in them. */
async function examine({ sandbox, tokens }: Cast, counts: Counts, client: Client, ids: string[]) {
  sandbox.setFaults({});
  const alive = new Set(await sandbox.alive(tokens.map(({ token }) => token)));
  const recorded = new Set<string>();
  for (const id of ids) {
    for await (const row of client.outcomes(id)) {
      if (row.outcome !== 'queued') recorded.add(row.job);
    }
  }
  return {
    id: sandbox.provider.id,
    survivors: tokens.filter(({ token, foreign }) => !foreign && alive.has(token)).length,
    unaccounted: tokens.length - recorded.size,
    result: {
      total: counts.total,
      revoked: counts.revoked,
      alreadyInvalid: counts.already_invalid,
      parked: counts.parked,
      stillAlive: alive.size,
    } satisfies Result,
  };
}

const none: Counts = {
  total: 0,
  queued: 0,
  revoked: 0,
  already_invalid: 0,
  unsupported: 0,
  parked: 0,
  abandoned: 0,
  expired: 0,
};

const sum = (all: readonly Counts[]): Counts =>
  all.reduce(
    (total, each) => ({
      total: total.total + each.total,
      queued: total.queued + each.queued,
      revoked: total.revoked + each.revoked,
      already_invalid: total.already_invalid + each.already_invalid,
      unsupported: total.unsupported + each.unsupported,
      parked: total.parked + each.parked,
      abandoned: total.abandoned + each.abandoned,
      expired: total.expired + each.expired,
    }),
    none,
  );
