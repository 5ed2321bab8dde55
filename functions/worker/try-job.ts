import type { Job } from '../../shared/domain/job.ts';
import type { Evidence } from '../../shared/domain/outcome.ts';
import type { Verdict } from '../../shared/domain/verdict.ts';
import type { ProviderClient, Send } from '../../shared/providers/adapter.ts';
import { TransportFault } from '../../shared/providers/faults.ts';
import { connectVerdict, type Session } from './session.ts';

/** What one try at one job came to. */
export interface Try {
  readonly verdict: Verdict;
  readonly evidence?: Evidence;
  /** Status of the provider's answer; absent when there was none. */
  readonly httpStatus?: number;
}

/**
 * Build, send, judge; once more with a fresh secret when the provider refuses our credentials;
 * then introspection when the answer fits a dead token as well as a living one. Never throws.
 *
 * @param id the job's identity, stable over every try
 */
export async function tryJob(job: Job, id: string, session: Session, send: Send): Promise<Try> {
  const tried = await tryAndVerify(job, id, session, send);
  return { ...tried, verdict: scrubbed(tried.verdict, job.token) };
}

async function tryAndVerify(job: Job, id: string, session: Session, send: Send): Promise<Try> {
  try {
    let client = await session.client();
    let tried = await callAndJudge(client, job, id, send);
    if (tried.verdict.kind === 'misconfigured' && tried.verdict.credentials) {
      const refreshed = await session.refresh(client);
      if (refreshed !== undefined) {
        client = refreshed;
        tried = await callAndJudge(client, job, id, send);
      }
    }
    return tried.verdict.kind === 'ambiguous' ? await verify(client, job, tried, send) : tried;
  } catch (error) {
    return { verdict: connectVerdict(error) };
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
  id: string,
  send: Send,
): Promise<Try> {
  try {
    const answer = await send(await client.revocation(job, id));
    return { verdict: client.judge(answer, job), httpStatus: answer.status };
  } catch (error) {
    return { verdict: faultVerdict(error) };
  }
}

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
