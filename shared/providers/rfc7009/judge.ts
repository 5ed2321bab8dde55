import type { Liveness, Verdict } from '../../domain/verdict.ts';
import type { HttpAnswer } from '../adapter.ts';
import { denialOf, judgeUndocumented } from '../judging.ts';
import { detailOf, jsonObject, providerError } from '../provider-error.ts';
import { retryAfterSeconds } from '../retry-after.ts';

/**
 * Codes that speak of the token, not of us. A dead token gets them, but so does a living one that
 * was mangled or belongs elsewhere (RFC 6750 §3.1: "expired, revoked, malformed, or invalid for
 * other reasons"), so none of them proves anything.
 */
const doubtfulTokenCodes = new Set([
  'invalid_token',
  'expired_token',
  'token_expired',
  'token_revoked',
  'token_inactive',
  'token_not_found',
]);

/** RFC 6749 §4.1.2.1's names for 500 and 503, seen from servers that answer 400 to everything. */
const temporaryCodes = new Set(['server_error', 'temporarily_unavailable']);

/**
 * RFC 7009 §2.2 and §2.2.1.
 *
 * `already_invalid` is never said: §2.2 makes a server answer 200 for a dead token too, and a
 * server that answers an error instead does so outside the standard.
 */
export function judgeRevocation(answer: HttpAnswer): Verdict {
  const undocumented = judgeUndocumented(answer);
  // §2.2.1 on 503: "the client must assume the token still exists", whatever the body says.
  if (undocumented.kind === 'throttled' || undocumented.kind === 'unavailable') return undocumented;

  const { code = '' } = providerError(answer);
  const detail = detailOf(answer);
  // The code before the status: servers send it with 400, 401 (Authlib) and 200.
  if (code === 'unsupported_token_type') return { kind: 'unsupported', detail };
  if (code === 'invalid_client') return { kind: 'misconfigured', detail, credentials: true };
  if (doubtfulTokenCodes.has(code)) return { kind: 'ambiguous', detail };
  if (temporaryCodes.has(code)) {
    return { kind: 'unavailable', detail, retryAfterSeconds: retryAfterSeconds(answer) };
  }
  // §2.2 knows 200 alone. 204 says the same of an answer that has no content (RFC 9110 §15.3.5),
  // and Reddit for one used it; 202 says that nothing is done yet, so it proves nothing.
  if (answer.status === 200 || answer.status === 204) return judgeSuccess(answer);
  return undocumented;
}

/** §2.2 has the client ignore the body of a 200; but see `denialOf`. */
function judgeSuccess(answer: HttpAnswer): Verdict {
  const { code } = providerError(answer);
  if (code !== undefined && jsonObject(answer)?.error !== undefined) {
    return { kind: 'refused', detail: detailOf(answer) };
  }
  const denial = denialOf(answer);
  return denial === undefined ? { kind: 'revoked' } : { kind: 'ambiguous', detail: denial };
}

/**
 * RFC 7662 §2.2: `active` is the one member that must be there. §2.2 also says `false` of a token
 * that the server will not tell this client about; it never says `true` of a dead one.
 */
export function judgeIntrospection(answer: HttpAnswer): Liveness {
  const active = answer.status === 200 ? jsonObject(answer)?.active : undefined;
  if (active === false) return { kind: 'dead' };
  if (active === true) return { kind: 'alive' };
  const { code } = providerError(answer);
  const verdict: Verdict =
    code === 'invalid_client'
      ? { kind: 'misconfigured', detail: detailOf(answer), credentials: true }
      : judgeUndocumented(answer);
  // Not being told of a token is no refusal to revoke it.
  return {
    kind: 'unknown',
    verdict: verdict.kind === 'refused' ? { ...verdict, kind: 'ambiguous' } : verdict,
  };
}
