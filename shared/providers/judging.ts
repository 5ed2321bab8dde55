import type { Verdict } from '../domain/verdict.ts';
import type { HttpAnswer } from './adapter.ts';
import { detailOf, jsonObject, providerError } from './provider-error.ts';
import { retryAfterSeconds } from './retry-after.ts';

/**
 * What an answer means when the provider documents nothing of its own for it: the tail of every
 * judge. It never says that a token is dead.
 *
 * - 429, and a 503 that names a Retry-After: throttled, unavailable (RFC 7009 §2.2.1, RFC 6585).
 * - 408, 425, 5xx: unavailable.
 * - `invalid_client` (RFC 6749 §5.2) of any other status, 401, 407: our credentials.
 * - 3xx, 404, 405, 410, 415: the configured URL is not the provider's endpoint.
 * - any other 2xx: ambiguous. Any other 4xx: refused.
 */
export function judgeUndocumented(answer: HttpAnswer): Verdict {
  const { status } = answer;
  const detail = detailOf(answer);
  if (status === 429) {
    return { kind: 'throttled', detail, retryAfterSeconds: retryAfterSeconds(answer) };
  }
  if (status === 408 || status === 425 || status >= 500) {
    return { kind: 'unavailable', detail, retryAfterSeconds: retryAfterSeconds(answer) };
  }
  if (status === 401 || status === 407 || providerError(answer).code === 'invalid_client') {
    return { kind: 'misconfigured', detail, credentials: true };
  }
  if (status < 300) return { kind: 'ambiguous', detail };
  if (status < 400 || [404, 405, 410, 415].includes(status)) {
    return { kind: 'misconfigured', detail, credentials: false };
  }
  return { kind: 'refused', detail };
}

/**
 * What in the body of a 2xx speaks against success; undefined when nothing does. Real servers put
 * errors there (Keycloak's `{"error": "invalid_token"}`, Slack's `{"ok": false}`, a gateway's
 * `{"statusCode": 403}`), and what answered may be a sign-in page and not the endpoint.
 */
export function denialOf(answer: HttpAnswer): string | undefined {
  const body = jsonObject(answer);
  if (body !== undefined && 'error' in body) return detailOf(answer);
  if (body !== undefined && ['ok', 'success', 'revoked'].some((name) => body[name] === false)) {
    return `http ${answer.status} but denied in the body`;
  }
  const { status = 200 } = providerError(answer);
  // Codes out of HTTP's range are no statuses.
  if (status >= 400 && status < 600) return `http ${answer.status} but ${status} in the body`;
  return isPage(answer) ? `http ${answer.status} with a web page` : undefined;
}

/** Django and PHP label an empty answer text/html too, so only a body makes a page. */
const isPage = ({ headers, body }: HttpAnswer): boolean =>
  body.trim() !== '' &&
  (/\bx?html\b/i.test(headers['content-type'] ?? '') || body.trimStart().startsWith('<'));
