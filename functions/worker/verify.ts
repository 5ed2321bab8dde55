import type { Job } from '../../shared/domain/job.ts';
import type { Liveness, Verdict } from '../../shared/domain/verdict.ts';
import type { ProviderClient, Send } from '../../shared/providers/adapter.ts';
import { faultVerdict, type Try } from './try.ts';

/** What a look-up needs. */
export interface LookUp {
  readonly client: ProviderClient;
  readonly job: Job;
  readonly send: Send;
}

/** What is known of a token that a look-up found alive after its provider had called it dead. */
const stillAlive: Verdict = { kind: 'ambiguous', detail: 'the token is still alive' };

/**
 * Looks into an answer that fits a dead token as well as a living one. A refusal stays one unless the
 * token is found dead, or the look-up may yet be made.
 */
export async function clarify(tried: Try, subject: LookUp): Promise<Try> {
  const liveness = await lookUp(subject);
  const refused = tried.verdict.kind === 'refused';
  switch (liveness?.kind) {
    case undefined:
      return tried;
    case 'dead':
      return { ...tried, verdict: { kind: 'already_invalid' }, evidence: 'verified' };
    case 'alive':
      return refused ? tried : { ...tried, verdict: stillAlive };
    case 'unknown':
      return refused && !mayYetBeMade(liveness.verdict)
        ? tried
        : { ...tried, verdict: unlessAboutTheLookUp(liveness.verdict) };
  }
}

/**
 * Makes sure of a token that its provider calls dead. What cannot be verified leaves the provider's
 * word as it is; a look-up that may yet be made is waited for; a living token is revoked again later,
 * and once it was found alive the provider's word alone counts no more.
 *
 * @param tried a verdict of `revoked` or `already_invalid`
 */
export async function confirm(tried: Try, subject: LookUp): Promise<Try> {
  const liveness = await lookUp(subject);
  if (liveness?.kind === 'dead') return { ...tried, evidence: 'verified' };
  if (liveness?.kind === 'alive') return { ...tried, verdict: stillAlive, foundAlive: true };
  if (liveness === undefined) {
    return tried.foundAlive
      ? { ...tried, verdict: doubtful('it can be looked up no more') }
      : { ...tried, evidence: 'unverifiable' };
  }
  const { verdict } = liveness;
  const waits = mayYetBeMade(verdict);
  if (tried.foundAlive) {
    return { ...tried, verdict: waits ? verdict : doubtful(describe(verdict)) };
  }
  if (waits && tried.verdict.kind === 'revoked') {
    return { ...tried, verdict, evidence: 'accepted' };
  }
  const detail = `not verified: ${describe(verdict)}`;
  return { ...tried, verdict: { ...tried.verdict, detail }, evidence: 'accepted' };
}

const doubtful = (why: string): Verdict => ({
  kind: 'ambiguous',
  detail: `the token was found alive after it was revoked: ${why}`,
});

const mayYetBeMade = ({ kind }: Verdict): boolean => kind === 'throttled' || kind === 'unavailable';

const describe = ({ kind, detail = kind }: Verdict): string => detail;

/** What the provider says of a token now; undefined where it can say nothing of this one. */
async function lookUp({ client, job, send }: LookUp): Promise<Liveness | undefined> {
  try {
    const request = await client.verification?.request(job);
    if (client.verification === undefined || request === undefined) return undefined;
    return client.verification.judge(await send(request), job);
  } catch (error) {
    return { kind: 'unknown', verdict: faultVerdict(error) };
  }
}

/** A refused look-up says nothing about the revocation: the answer stays as doubtful as it was. */
const unlessAboutTheLookUp = (verdict: Verdict): Verdict =>
  verdict.kind === 'refused' || verdict.kind === 'unsupported'
    ? { kind: 'ambiguous', detail: `the look-up was refused: ${verdict.detail}` }
    : verdict;
