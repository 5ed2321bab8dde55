import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { abandon } from '../../../shared/dead-letters/abandon.ts';
import { settleAll } from '../../../shared/dead-letters/settle-all.ts';
import { jobId } from '../../../shared/domain/job.ts';
import type { Decision } from '../../../shared/domain/outcome.ts';
import { jsonBody } from '../../../shared/http/body.ts';
import type { Caller } from '../../../shared/http/caller.ts';
import { json } from '../../../shared/http/problem.ts';
import { checkAbandon, nothingDone } from '../check-dead-letters.ts';
import type { AbandonAnswer, AbandonRequest } from '../contract/dead-letters.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { holdsToken } from '../holds-token.ts';
import { type Found, findByIds } from '../ledger-jobs.ts';

/** Slices dealt with at once. */
const atOnce = 10;

/** `POST /v1/dead-letters/abandon` */
export async function postAbandon(
  event: APIGatewayProxyEventV2,
  deps: ApiDependencies,
  caller: Caller,
): Promise<APIGatewayProxyStructuredResultV2> {
  const request = checkAbandon(jsonBody(event));
  return json(200, await abandonParked(request, caller.name, deps));
}

/**
 * Gives up on jobs for good. Repeated, it goes on where it stopped and answers the same.
 *
 * @throws Problem `invalid-request` for ids that are none, and for a note that holds a token
 */
async function abandonParked(
  { ids, note }: AbandonRequest,
  by: string,
  deps: ApiDependencies,
): Promise<AbandonAnswer> {
  const found = await findByIds(ids, deps);
  // Nobody here can open the envelopes, but a token can be told by its fingerprint.
  const prints = new Set(found.flatMap(({ jobs }) => jobs.map((job) => job.fingerprint)));
  if (holdsToken(note, prints, await deps.secrets.sealingKeys())) {
    throw nothingDone([{ pointer: '/note', detail: 'must not contain a token' }]);
  }
  const done = new Set<string>();
  const decision: Decision = { by, note };
  for (let start = 0; start < found.length; start += atOnce) {
    const { values, failures } = await settleAll(
      found.slice(start, start + atOnce).map((each) => abandonIn(each, decision, deps)),
    );
    for (const id of values.flat()) done.add(id);
    if (failures.length > 0) throw failures[0];
  }
  deps.log('dead-letters.abandoned', { count: done.size });
  const skipped = [...new Set(ids)].filter((id) => !done.has(id));
  return { count: done.size, ...(skipped.length > 0 && { skipped }) };
}

async function abandonIn(
  { entry, jobs }: Found,
  decision: Decision,
  { ledger, slices, revocations }: ApiDependencies,
): Promise<string[]> {
  const indexes = new Set(jobs.map(({ index }) => index));
  const done = await abandon(entry, indexes, decision, { ledger, slices, revocations });
  return [...done].map((index) => jobId({ ...entry, index }));
}
