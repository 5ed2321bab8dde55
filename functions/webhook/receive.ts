import { json, problemResponse } from '../../shared/http/problem.ts';
import type { Fields } from '../../shared/log/logger.ts';
import { planOf } from '../../shared/webhooks/plan.ts';
import { problemOf, type RefusalReason } from '../../shared/webhooks/refusal.ts';
import type { Answer, Call, Delivery, Taken } from '../../shared/webhooks/scheme.ts';
import { SourceSecretFault } from '../../shared/webhooks/secret.ts';
import type { Source } from '../../shared/webhooks/sources.ts';
import { maximumCallBytes } from './call.ts';
import type { WebhookDependencies } from './dependencies.ts';
import { takeIn } from './intake.ts';
import { prepare } from './prepare.ts';

/** What was done where nothing was to be. */
const nothing: Taken = { events: new Set(), revocations: [], unknownSubject: false };

/**
 * Takes in what a source sends:
 *
 *   authenticate → plan and prepare by the rules → claim the delivery → queue → note it as done
 *
 * What is refused up to the claim has touched no table and no queue.
 *
 * @param id of the source, as the path names it
 */
export async function receive(
  id: string | undefined,
  call: Call,
  deps: WebhookDependencies,
): Promise<Answer> {
  const source = id === undefined ? undefined : deps.sources.get(id);
  // Its name is whatever somebody has put into the path.
  if (source === undefined) return refuse(undefined, 'unknown-source', deps);
  const challenged = source.scheme.challenge?.(call);
  if (challenged !== undefined) return challenged;
  if (call.method !== 'POST') return refuse(source, 'wrong-method', deps);
  if (call.body.length > maximumCallBytes) return refuse(source, 'too-large', deps);

  const secrets = await secretsOf(source, deps);
  if (secrets === undefined) return refuse(source, 'misconfigured', deps);
  const authenticated = await source.scheme.authenticate(call, secrets, deps.now());
  return authenticated.kind === 'refused'
    ? refuse(source, authenticated.reason, deps)
    : act(source, authenticated.delivery, deps);
}

async function secretsOf(
  source: Source,
  { sourceSecrets, log }: WebhookDependencies,
): Promise<readonly string[] | undefined> {
  try {
    return await sourceSecrets.of(source);
  } catch (error) {
    if (!(error instanceof SourceSecretFault)) throw error;
    log('webhook.misconfigured', { source: source.id, detail: `its secret ${error.message}` });
    return undefined;
  }
}

async function act(source: Source, delivery: Delivery, deps: WebhookDependencies): Promise<Answer> {
  const plan = planOf(delivery.events, source.rules);
  if (plan === undefined) return refuse(source, 'too-large', deps);
  const prepared = prepare(source, delivery, plan, deps.catalog);
  const { unmapped, events } = prepared;
  if (unmapped > 0) deps.log('webhook.unmapped', { source: source.id, events: unmapped });
  if (events.size === 0) {
    return unmapped > 0
      ? refuse(source, 'unmapped', deps)
      : accept(source, delivery, nothing, deps);
  }
  const { id } = delivery;
  const claim = id === undefined ? undefined : await deps.deliveries.claim(source.id, id);
  if (claim?.kind === 'under-way') return refuse(source, 'under-way', deps);
  if (claim?.kind === 'done') {
    count(source, 'replayed', deps);
    const { unknownSubject } = claim;
    return answer(source, delivery, { ...nothing, events, unknownSubject });
  }
  try {
    const taken = await takeIn(source.id, delivery, prepared, deps);
    if (id !== undefined) await deps.deliveries.finish(source.id, id, taken);
    return accept(source, delivery, taken, deps);
  } catch (error) {
    await release(source, delivery, deps);
    throw error;
  }
}

/** Only saves a sender some seconds' wait, so its own failure is none. */
async function release(
  { id }: Source,
  delivery: Delivery,
  { deliveries }: WebhookDependencies,
): Promise<void> {
  if (delivery.id !== undefined) {
    await deliveries.release(id, delivery.id).catch(() => undefined);
  }
}

function accept(
  source: Source,
  delivery: Delivery,
  taken: Taken,
  { log, metrics }: WebhookDependencies,
): Answer {
  const fields: Fields = {
    source: source.id,
    events: delivery.events.length,
    revocations: taken.revocations.length,
    revocation: taken.revocations[0],
  };
  log('webhook.accepted', fields);
  metrics.add('WebhooksAccepted', { Source: source.id });
  return answer(source, delivery, taken);
}

const answer = ({ scheme }: Source, delivery: Delivery, taken: Taken): Answer =>
  scheme.accept?.(delivery, taken) ?? json(202, { revocations: taken.revocations });

function refuse(
  source: Source | undefined,
  reason: RefusalReason,
  deps: WebhookDependencies,
): Answer {
  count(source, reason, deps);
  return source?.scheme.refuse?.(reason) ?? problemResponse(problemOf(reason));
}

function count(
  source: Source | undefined,
  reason: RefusalReason | 'replayed',
  { log, metrics }: WebhookDependencies,
): void {
  const id = source?.id ?? 'unknown';
  log('webhook.refused', { source: id, reason });
  metrics.add('WebhooksRefused', { Source: id, Reason: reason });
}
