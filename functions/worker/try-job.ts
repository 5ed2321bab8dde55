import type { Job } from '../../shared/domain/job.ts';
import type { Verdict } from '../../shared/domain/verdict.ts';
import type { HttpAnswer, ProviderClient, Send } from '../../shared/providers/adapter.ts';
import { connectVerdict, type Session } from './session.ts';
import { type Earlier, faultVerdict, type Try } from './try.ts';
import { clarify, confirm } from './verify.ts';

/** The lane's means to try a job. */
export interface TryMeans {
  readonly session: Session;
  readonly send: Send;
  /** Whether the provider's word is to be verified, where it can be. */
  readonly verify: boolean;
}

/**
 * Names a call to providers that take idempotency keys: the same until a call is answered, so that
 * one whose answer got lost is repeated and not made anew; another one then, since a provider
 * would only say again what it has said.
 */
const callId = ({ id, answers }: Pick<Earlier, 'id' | 'answers'>): string =>
  answers === 0 ? id : `${id}#${answers}`;

/**
 * Build, send, judge; once more with a fresh secret when the provider refuses our credentials;
 * then a look-up when the answer fits a dead token as well as a living one, or is to be verified.
 * A job whose provider has said yes already is looked up first, and revoked again only if it is
 * alive. Never throws.
 */
export async function tryJob(job: Job, earlier: Earlier, means: TryMeans): Promise<Try> {
  const tried = await tryAndVerify(job, earlier, means);
  return { ...tried, verdict: scrubbed(tried.verdict, job.token) };
}

async function tryAndVerify(
  job: Job,
  earlier: Earlier,
  { session, send, verify }: TryMeans,
): Promise<Try> {
  const accepted = earlier.evidence === 'accepted';
  let looked: Try | undefined;
  let tried: Try | undefined;
  try {
    let client = await session.client();
    if (accepted || earlier.foundAlive) {
      looked = await confirm(saidYes(earlier), { client, job, send });
      if (looked.verdict.kind !== 'ambiguous') return looked;
    }
    tried = await callAndJudge(client, job, earlier, send);
    if (tried.verdict.kind === 'misconfigured' && tried.verdict.credentials) {
      const refreshed = await session.refresh(client);
      if (refreshed !== undefined) {
        client = refreshed;
        const answers = earlier.answers + tried.answers;
        const again = await callAndJudge(client, job, { id: earlier.id, answers }, send);
        tried = { ...again, answers: tried.answers + again.answers };
      }
    }
    if (looked !== undefined) return revokedAgain(tried, looked);
    switch (tried.verdict.kind) {
      case 'refused':
        return tried.verdict.mayBeDead ? await clarify(tried, { client, job, send }) : tried;
      case 'ambiguous':
        return await clarify(tried, { client, job, send });
      case 'revoked':
      case 'already_invalid':
        return verify ? await confirm(tried, { client, job, send }) : tried;
      default:
        return tried;
    }
  } catch (error) {
    const met: Try = { answers: 0, ...tried, verdict: connectVerdict(error) };
    if (looked !== undefined) return { ...met, foundAlive: true };
    return accepted ? { ...met, evidence: 'accepted' } : met;
  }
}

/** What an earlier try came to whose look-up is still to come. */
const saidYes = ({ httpStatus, foundAlive }: Earlier): Try => ({
  verdict: { kind: 'revoked' },
  ...(httpStatus !== undefined && { httpStatus }),
  ...(foundAlive && { foundAlive }),
  answers: 0,
});

/**
 * A token that was found alive and then revoked once more: the next try's look-up tells. Its provider
 * may well say "no such token" this time, when it is the look-up that lags behind.
 */
const revokedAgain = (tried: Try, { verdict }: Try): Try =>
  mayWait.has(tried.verdict.kind)
    ? { ...tried, foundAlive: true }
    : { ...tried, verdict, foundAlive: true };

const mayWait: ReadonlySet<Verdict['kind']> = new Set([
  'throttled',
  'unavailable',
  'misconfigured',
]);

/** A provider may echo the token as its error code; no record, line or answer may. */
const scrubbed = (verdict: Verdict, token: string): Verdict =>
  verdict.detail === undefined
    ? verdict
    : { ...verdict, detail: verdict.detail.replaceAll(token, '[token]') };

async function callAndJudge(
  client: ProviderClient,
  job: Job,
  identity: Pick<Earlier, 'id' | 'answers'>,
  send: Send,
): Promise<Try> {
  let answered: Omit<Try, 'verdict'> = { answers: 0 };
  try {
    const answer = await send(await client.revocation(job, callId(identity)));
    answered = { answers: 1, httpStatus: answer.status };
    return { ...answered, verdict: unlessUnread(client.judge(answer, job), answer) };
  } catch (error) {
    return { ...answered, verdict: faultVerdict(error) };
  }
}

/** A body that nobody could read whole may take back what its status says. */
const unlessUnread = (verdict: Verdict, { status, unreadable = false }: HttpAnswer): Verdict =>
  unreadable && (verdict.kind === 'revoked' || verdict.kind === 'already_invalid')
    ? { kind: 'ambiguous', detail: `http ${status} with a body that could not be read` }
    : verdict;
