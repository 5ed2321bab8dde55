import type { Setting } from './setting.ts';
import { canary } from './setting.ts';

/** A request that holds a secret where none belongs. */
type Misuse = readonly [path: string, init?: RequestInit];

const post = (body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit => ({
  method: 'POST',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers,
});

const requestsWith = (secret: string): readonly Misuse[] => {
  const job = { provider: 'echo', token: secret };
  const id = `rev_${'0'.repeat(40)}`;
  return [
    [`/v1/revocations/${secret}`],
    [`/v1/revocations/${secret}/outcomes?limit=1`],
    [`/v1/revocations/${id}/outcomes?outcome=${secret}`],
    [`/v1/revocations?cursor=${secret}`],
    [`/v1/dead-letters?provider=${secret}&reason=${secret}&cursor=${secret}`],
    [`/v1/${secret}?${secret}=${secret}`],
    ['/v1/revocations', post(`{"jobs":[{"token":"${secret}"`)],
    ['/v1/revocations', post({ [secret]: secret, jobs: [job] })],
    ['/v1/revocations', post({ jobs: [{ ...job, [secret]: 1 }] })],
    ['/v1/revocations', post({ jobs: [{ ...job, provider: secret }] })],
    ['/v1/revocations', post({ label: `for ${secret}`, jobs: [job] })],
    ['/v1/revocations', post({ jobs: [{ ...job, ref: secret }] })],
    ['/v1/revocations', post({ jobs: [{ ...job, token: `${secret}\n` }] })],
    ['/v1/revocations', post({ jobs: [{ ...job, tokenType: secret }] })],
    ['/v1/revocations', post({ jobs: [{ ...job, parameters: { [secret]: [secret] } }] })],
    ['/v1/revocations', post({ jobs: [secret, [secret], null] })],
    ['/v1/revocations', post({ dryRun: true, jobs: [job] })],
    ['/v1/revocations', post({ jobs: [job] }, { 'content-type': secret })],
    ['/v1/revocations', post({ dryRun: true, jobs: [job] }, { 'idempotency-key': secret })],
    ['/v1/revocations', { headers: { authorization: `Bearer ${secret}` } }],
    ['/v1/dead-letters/redrive', post({ provider: secret, revocation: secret, ids: [secret] })],
    ['/v1/dead-letters/abandon', post({ ids: [`${id}/0/0`], note: '', [secret]: secret })],
    ['/v1/dead-letters/abandon', post({ ids: [secret], note: 'no more' })],
  ];
};

/**
 * Sends requests that hold a secret in every wrong place there is.
 *
 * @returns all that was answered
 */
export async function misuse({ rescind, canaries }: Setting): Promise<string[]> {
  const secret = canary();
  canaries.set('what stood where it does not belong', secret);
  const answers: string[] = [];
  for (const [path, init] of requestsWith(secret)) {
    const answer = await fetch(`${rescind.stack.url}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${rescind.stack.apiKey}`,
        'content-type': 'application/json',
        ...init?.headers,
      },
    });
    answers.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`);
  }
  return answers;
}
