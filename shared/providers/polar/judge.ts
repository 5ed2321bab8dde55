import type { Liveness, Verdict } from '../../domain/verdict.ts';
import type { HttpAnswer } from '../adapter.ts';
import { denialOf, judgeUndocumented } from '../judging.ts';
import { detailOf, jsonObject, providerError } from '../provider-error.ts';

/**
 * Polar checks the client first, then the form, then the token, and says so in `error`:
 *
 * - 200 `{}`: the token is dead now. Revoked before, unknown and never issued look the same.
 * - 400 or 401 `invalid_client`: our credentials, by whichever status.
 * - 400 `invalid_grant`: the token is another client's. 400 `invalid_request`: no `token` arrived.
 * - 401 `unsupported_token_type`: a hint that is no token type, and nothing about credentials.
 * - 429 with an empty body and `retry-after`.
 *
 * @see https://github.com/polarsource/polar/tree/main/server/polar/oauth2
 * @see https://github.com/authlib/authlib/blob/v1.7.2/authlib/oauth2/rfc7009/revocation.py
 */
export function judgeRevocation(answer: HttpAnswer): Verdict {
  if (answer.status === 200) {
    const denial = jsonObject(answer) === undefined ? detailOf(answer) : denialOf(answer);
    return denial === undefined ? { kind: 'revoked' } : { kind: 'ambiguous', detail: denial };
  }
  if (answer.status === 401 && providerError(answer).code === 'unsupported_token_type') {
    return { kind: 'refused', detail: detailOf(answer) };
  }
  return judgeUndocumented(answer);
}

/**
 * 200 `{"active": false}` for a token that is dead, unknown or another client's; `{"active": true,
 * …}` for a living one. Only access tokens are asked about.
 *
 * @see https://polar.sh/docs/api-reference/oauth2/connect/introspect-token
 */
export function judgeIntrospection(answer: HttpAnswer): Liveness {
  const active = answer.status === 200 ? jsonObject(answer)?.active : undefined;
  if (active === false) return { kind: 'dead' };
  if (active === true) return { kind: 'alive' };
  return { kind: 'unknown', verdict: judgeUndocumented(answer) };
}
