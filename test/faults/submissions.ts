import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Caller } from '../support/caller.ts';
import type { HandedIn } from './invariants.ts';
import type { JobPlan, SubmissionPlan } from './plan.ts';
import type { World } from './world.ts';

/** What was taken in, as its answers say. */
export interface Accepted {
  readonly id: string;
  readonly jobs: readonly HandedIn[];
  /** How many of them each part has. */
  readonly parts: readonly number[];
  /** When the last answer came, in epoch milliseconds. */
  readonly at: number;
}

/** Jobs of one provider are issued together, whatever order they are wanted in. */
export async function issueJobs(
  plans: readonly JobPlan[],
  { places }: World,
  prefix: string,
): Promise<HandedIn[]> {
  const pools = new Map<string, string[]>();
  const keyOf = ({ provider, type, state }: JobPlan) => `${provider}/${type}/${state}`;
  for (const plan of plans) {
    const key = keyOf(plan);
    if (pools.has(key)) continue;
    const count = plans.filter((other) => keyOf(other) === key).length;
    const place = places.find(({ id }) => id === plan.provider);
    const issued = await place?.sandbox.issue({
      count,
      type: plan.type,
      dead: plan.state === 'dead',
      foreign: plan.state === 'foreign',
    });
    pools.set(key, issued?.map(({ token }) => token) ?? []);
  }
  return plans.map((plan, index) => {
    const token = pools.get(keyOf(plan))?.pop();
    if (token === undefined) throw new Error(`no token was issued for ${keyOf(plan)}`);
    return { ref: `${prefix}-${index}`, provider: plan.provider, token, state: plan.state };
  });
}

/** Longest that a caller repeats a request. */
const patienceMs = 90_000;

/**
 * Hands jobs in as a careful caller does, in one request or part by part: whatever comes but success, it
 * repeats the same request, the first with the same Idempotency-Key.
 *
 * @throws Error for an answer that says the request itself is wrong, or when patience ends
 */
export async function handIn(
  jobs: readonly HandedIn[],
  { jobs: plans, parts, hangUpMs }: SubmissionPlan,
  key: string,
  { api }: Caller,
): Promise<Accepted> {
  const submitted = jobs.map(({ provider, token, ref }, index) => {
    const type = plans[index]?.type;
    return { provider, token, ref, ...(type !== undefined && { tokenType: type }) };
  });
  const [first = [], ...others] = parts.map((size, part) => {
    const start = firstOf(parts, part);
    return submitted.slice(start, start + size);
  });
  const request = { api, hangUpMs };
  const open = others.length > 0 ? { open: true } : {};
  const told = await repeat(
    request,
    'POST',
    '/v1/revocations',
    { label: key, ...open, jobs: first },
    key,
  );
  const { id } = withId.parse(told);
  const path = `/v1/revocations/${id}`;
  if (others.length > 0) {
    await Promise.all(
      others.map((own, index) =>
        repeat(request, 'PUT', `${path}/parts/${index + 1}`, { jobs: own }),
      ),
    );
    await repeat(request, 'POST', `${path}/close`, { parts: parts.length });
  }
  return { id, jobs, parts, at: Date.now() };
}

/** The place of a part's first job among all. */
export const firstOf = (parts: readonly number[], part: number): number =>
  parts.slice(0, part).reduce((sum, size) => sum + size, 0);

const withId = z.object({ id: z.string() });

async function repeat(
  { api, hangUpMs }: Pick<Caller, 'api'> & { readonly hangUpMs: number | undefined },
  method: string,
  path: string,
  content: unknown,
  key?: string,
): Promise<unknown> {
  const body = JSON.stringify(content);
  const headers = {
    'content-type': 'application/json',
    ...(key !== undefined && { 'idempotency-key': key }),
  };
  const deadline = Date.now() + patienceMs;
  for (let tries = 0; Date.now() < deadline; tries += 1) {
    const signal = tries === 0 && hangUpMs !== undefined ? AbortSignal.timeout(hangUpMs) : null;
    try {
      const answer = await api(path, { method, headers, body, signal });
      const told: unknown = await answer.json();
      if (answer.ok) return told;
      if (answer.status < 500 && answer.status !== 429) {
        throw new Refused(`${answer.status} ${JSON.stringify(told)}`);
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
    await sleep(100);
  }
  throw new Error(`${method} ${path} was not done in ${patienceMs / 1000} s`);
}

class Refused extends Error {}
