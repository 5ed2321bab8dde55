import { createHash } from 'node:crypto';
import { bodyDigest } from '../../shared/sealing/fingerprint.ts';
import type { Delivery, Taken } from '../../shared/webhooks/scheme.ts';
import type { Submission } from '../api/contract/submission.ts';
import { submit } from '../api/submit.ts';
import type { WebhookDependencies } from './dependencies.ts';
import type { Prepared } from './prepare.ts';
import { revokeSubject, type SubjectRevoked } from './subjects.ts';

/** Seconds after which nothing more is begun: the function has half a minute, and what is begun its share. */
const longestSeconds = 18;

/** People whose grants are looked into at once. */
const atOnce = 10;

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
  const began = deps.now();
  const isLate = () => deps.now() - began >= longestSeconds;
  const keys = await deps.secrets.sealingKeys();
  // Of what is to be revoked as well: rules that were changed in between are no conflict.
  const keyOf = (submission: Submission) =>
    delivery === undefined
      ? undefined
      : `${digestOf(delivery)}/${bodyDigest(JSON.stringify(submission), keys)}`;

  const revocations: string[] = [];
  for (const submission of submissions) {
    const idempotencyKey = keyOf(submission);
    const { id } = await submit({ submission, requestedBy, idempotencyKey }, deps);
    revocations.push(id);
  }
  const people: SubjectRevoked[] = [];
  for (let start = 0; start < subjects.length; start += atOnce) {
    const few = subjects
      .slice(start, start + atOnce)
      .map(({ subject }) => revokeSubject({ subject, requestedBy, label }, isLate, deps));
    people.push(...(await Promise.all(few)));
  }
  for (const { skipped } of people) {
    if (skipped > 0) deps.log('webhook.incomplete', { source, grants: skipped });
  }
  return {
    events,
    revocations: [...revocations, ...people.flatMap((person) => person.revocations)],
    unknownSubject: submissions.length === 0 && people.every(({ known }) => !known),
  };
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
