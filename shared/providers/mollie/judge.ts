import type { Liveness, Verdict } from '../../domain/verdict.ts';
import type { HttpAnswer } from '../adapter.ts';
import { judgeUndocumented } from '../judging.ts';
import { detailOf, jsonObject } from '../provider-error.ts';
import { retryAfterSeconds } from '../retry-after.ts';

/**
 * Only 204 and 429 are documented for this endpoint. Errors have been seen in two shapes,
 * `{error, error_description}` and HAL `{status, title, detail}`; the HTTP status outranks both.
 *
 * - 204, or a 200 as empty: revoked. Mollie's Node SDK takes these for success.
 * - 401, and `invalid_client` in either shape: our credentials.
 * - 409: the first call of this job is still under way at Mollie (see `idempotencyKey`).
 * - other 4xx: refused. None is documented as "dead already", so only a probe may find that out.
 *
 * @see https://docs.mollie.com/reference/oauth-revoke-tokens
 * @see https://docs.mollie.com/reference/api-idempotency
 */
export function judgeRevocation(answer: HttpAnswer): Verdict {
  const { status } = answer;
  const detail = detailOf(answer);
  if (status === 204 || (status === 200 && answer.body.trim() === '')) {
    return { kind: 'revoked' };
  }
  if (status === 409) {
    return { kind: 'unavailable', detail, retryAfterSeconds: retryAfterSeconds(answer) };
  }
  const verdict = judgeUndocumented(answer);
  if (verdict.kind === 'refused') return { ...verdict, mayBeDead: true };
  if (verdict.kind !== 'misconfigured') return verdict;
  // A missing token may well be a 404 here, where elsewhere that means a wrong URL.
  if (!verdict.credentials && status >= 400) return { kind: 'refused', detail, mayBeDead: true };
  return isReplay(answer) ? { kind: 'unavailable', detail: `${detail} replayed` } : verdict;
}

/**
 * Whether this is what Mollie answered an earlier call with the same idempotency key. Such a 401
 * says what the credentials were then, and must not pause a lane whose credentials were mended.
 */
const isReplay = ({ headers }: HttpAnswer): boolean => headers['idempotent-replayed'] === 'true';

/**
 * What Mollie says to a call that is made with the token: 401 "failed authentication", or that the
 * token passed: a 2xx, or 403 "no access to the requested resource" where it lacks the scope.
 *
 * Only in Mollie's own shape, HAL with the status in the body: what stands before Mollie may answer
 * either status, too, and knows nothing of tokens.
 *
 * @see https://docs.mollie.com/reference/handling-errors
 */
export function judgeProbe(answer: HttpAnswer): Liveness {
  const { status } = answer;
  const body = jsonObject(answer);
  if (status === 401 && body?.status === 401) return { kind: 'dead' };
  if (status === 403 && body?.status === 403) return { kind: 'alive' };
  if (status === 200 && body?.resource === 'organization') return { kind: 'alive' };
  const verdict = judgeUndocumented(answer);
  // The call has none of our credentials in it, so it can say nothing about them.
  return {
    kind: 'unknown',
    verdict:
      verdict.kind === 'misconfigured' ? { kind: 'ambiguous', detail: verdict.detail } : verdict,
  };
}
