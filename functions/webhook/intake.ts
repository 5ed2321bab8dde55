import { createHash } from 'node:crypto';
import type { Delivery, Taken } from '../../shared/webhooks/scheme.ts';
import { submit } from '../api/submit.ts';
import type { WebhookDependencies } from './dependencies.ts';
import type { Prepared } from './prepare.ts';
import { revokeSubject } from './subjects.ts';

/**
 * Has revoked what was prepared: tokens by the very intake of `POST /v1/revocations`, people by the
 * registry of grants. Repeated for the same delivery it makes nothing a second time.
 *
 * @throws Problem where not everything could be queued
 */
export async function takeIn(
  source: string,
  { id: delivery }: Delivery,
  { label, submissions, subjects, events }: Prepared,
  deps: WebhookDependencies,
): Promise<Taken> {
  const requestedBy = `webhook:${source}`;
  const keyOf = (part: string) =>
    delivery === undefined ? undefined : `${digestOf(delivery)}/${part}`;

  const revocations: string[] = [];
  for (const [index, submission] of submissions.entries()) {
    const idempotencyKey = keyOf(`tokens/${index}`);
    const { id } = await submit({ submission, requestedBy, idempotencyKey }, deps);
    revocations.push(id);
  }
  let unknownSubject = false;
  for (const { subject } of subjects) {
    const revoked = await revokeSubject({ subject, requestedBy, label }, deps);
    if (!revoked.known) unknownSubject = true;
    if (revoked.skipped > 0) deps.log('webhook.incomplete', { source, grants: revoked.skipped });
    revocations.push(...revoked.revocations);
  }
  return { events, revocations, unknownSubject };
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
