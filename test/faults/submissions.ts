import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '../support/caller.ts';
import type { HandedIn } from './invariants.ts';
import type { JobPlan, SubmissionPlan } from './plan.ts';
import type { World } from './world.ts';

/** A request that was answered 202. */
export interface Accepted {
  readonly id: string;
  readonly jobs: readonly HandedIn[];
  /** When the answer came, in epoch milliseconds. */
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
 * Hands a request in as a careful caller does: whatever comes but 202, it repeats the same request
 * with the same Idempotency-Key.
 *
 * @throws Error for an answer that says the request itself is wrong, or when patience ends
 */
export async function handIn(
  jobs: readonly HandedIn[],
  { jobs: plans, hangUpMs }: SubmissionPlan,
  key: string,
  { api }: Caller,
): Promise<Accepted> {
  const body = JSON.stringify({
    label: key,
    jobs: jobs.map(({ provider, token, ref }, index) => {
      const type = plans[index]?.type;
      return { provider, token, ref, ...(type !== undefined && { tokenType: type }) };
    }),
  });
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const deadline = Date.now() + patienceMs;
  for (let tries = 0; Date.now() < deadline; tries += 1) {
    const signal = tries === 0 && hangUpMs !== undefined ? AbortSignal.timeout(hangUpMs) : null;
    try {
      const answer = await api('/v1/revocations', { method: 'POST', headers, body, signal });
      const told: unknown = await answer.json();
      if (answer.status === 202 && typeof told === 'object' && told !== null && 'id' in told) {
        return { id: String(told.id), jobs, at: Date.now() };
      }
      if (answer.status < 500 && answer.status !== 429) {
        throw new Refused(`${answer.status} ${JSON.stringify(told)}`);
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
    await sleep(100);
  }
  throw new Error(`${key} was not accepted in ${patienceMs / 1000} s`);
}

class Refused extends Error {}
