import type { Job } from '../../shared/domain/job.ts';
import type { Evidence } from '../../shared/domain/outcome.ts';
import type { Verdict } from '../../shared/domain/verdict.ts';
import type { HttpAnswer, ProviderClient, Send } from '../../shared/providers/adapter.ts';
import { TransportFault } from '../../shared/providers/faults.ts';
import { connectVerdict, type Session } from './session.ts';

/** What one try at one job came to. */
export interface Try {
  readonly verdict: Verdict;
  readonly evidence?: Evidence;
  /** Status of the provider's answer; absent when there was none. */
  readonly httpStatus?: number;
  /** Revocation calls that were answered, whatever the answer. */
  readonly answers: number;
}

/** A job's identity, and how many of the calls made for it were answered so far. */
export interface TryIdentity {
  readonly id: string;
  readonly answers: number;
}

/**
 * Names a call to providers that take idempotency keys: the same until a call is answered, so that
 * one whose answer got lost is repeated and not made anew; another one then, since a provider
 * would only say again what it has said.
 */
const callId = ({ id, answers }: TryIdentity): string => (answers === 0 ? id : `${id}#${answers}`);

/**
 * Build, send, judge; once more with a fresh secret when the provider refuses our credentials;
 * then introspection when the answer fits a dead token as well as a living one. Never throws.
 */
export async function tryJob(
  job: Job,
  identity: TryIdentity,
  session: Session,
  send: Send,
): Promise<Try> {
  const tried = await tryAndVerify(job, identity, session, send);
  return { ...tried, verdict: scrubbed(tried.verdict, job.token) };
}

async function tryAndVerify(
  job: Job,
  identity: TryIdentity,
  session: Session,
  send: Send,
): Promise<Try> {
  let tried: Try | undefined;
  try {
    let client = await session.client();
    tried = await callAndJudge(client, job, identity, send);
    if (tried.verdict.kind === 'misconfigured' && tried.verdict.credentials) {
      const refreshed = await session.refresh(client);
      if (refreshed !== undefined) {
        client = refreshed;
        const answers = identity.answers + tried.answers;
        const again = await callAndJudge(client, job, { ...identity, answers }, send);
        tried = { ...again, answers: tried.answers + again.answers };
      }
    }
    return tried.verdict.kind === 'ambiguous' ? await verify(client, job, tried, send) : tried;
  } catch (error) {
    return { answers: 0, ...tried, verdict: connectVerdict(error) };
  }
}

/** A provider may echo the token as its error code; no record, line or answer may. */
const scrubbed = (verdict: Verdict, token: string): Verdict =>
  'detail' in verdict
    ? { ...verdict, detail: verdict.detail.replaceAll(token, '[token]') }
    : verdict;

async function callAndJudge(
  client: ProviderClient,
  job: Job,
  identity: TryIdentity,
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

async function verify(client: ProviderClient, job: Job, tried: Try, send: Send): Promise<Try> {
  try {
    const request = await client.verification?.request(job);
    if (client.verification === undefined || request === undefined) return tried;
    const liveness = client.verification.judge(await send(request), job);
    switch (liveness.kind) {
      case 'dead':
        return { ...tried, verdict: { kind: 'already_invalid' }, evidence: 'verified' };
      case 'alive':
        return { ...tried, verdict: { kind: 'ambiguous', detail: 'the token is still alive' } };
      case 'unknown':
        return { ...tried, verdict: unlessAboutTheLookUp(liveness.verdict) };
    }
  } catch (error) {
    return { ...tried, verdict: faultVerdict(error) };
  }
}

/** A refused look-up says nothing about the revocation: the answer stays as doubtful as it was. */
const unlessAboutTheLookUp = (verdict: Verdict): Verdict =>
  verdict.kind === 'refused' || verdict.kind === 'unsupported'
    ? { kind: 'ambiguous', detail: `the look-up was refused: ${verdict.detail}` }
    : verdict;

function faultVerdict(error: unknown): Verdict {
  if (error instanceof TransportFault) return { kind: 'unavailable', detail: error.message };
  // An adapter that throws has a bug; its message may quote the token, so only its class is kept.
  const name = error instanceof Error ? error.name : typeof error;
  return { kind: 'unavailable', detail: `the adapter failed: ${name}` };
}
