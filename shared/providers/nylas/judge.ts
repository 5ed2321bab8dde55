import type { Liveness, Verdict } from '../../domain/verdict.ts';
import type { HttpAnswer } from '../adapter.ts';
import { denialOf, judgeUndocumented } from '../judging.ts';
import { jsonObject, providerError } from '../provider-error.ts';

/**
 * Errors come in two shapes, `{error, error_description, error_uri, error_code}` (documented for
 * this endpoint) and `{request_id, error: {type, message}}` (the rest of the API):
 * https://developer.nylas.com/docs/api/errors/
 *
 * - 2xx: revoked. The body is undocumented, and the SDKs ignore it; one that denies it is doubtful.
 * - 401, and the 400 that names the API key: our credentials. Nylas answers a bad key with either.
 * - 400 that owns up to an internal error: unavailable. Nylas' Java SDK is tested with one.
 * - other 400: "could not be revoked, possibly because it was invalid or already expired", which
 *   covers dead tokens and living ones alike. Token info tells them apart.
 */
export function judgeRevocation(answer: HttpAnswer): Verdict {
  if (answer.status >= 200 && answer.status < 300) {
    const denial = unfinished.has(answer.status) ? `http ${answer.status}` : denialOf(answer);
    return denial === undefined ? { kind: 'revoked' } : { kind: 'ambiguous', detail: denial };
  }
  const verdict = judgeRefusal(answer);
  return verdict.kind === 'refused' && answer.status === 400
    ? { kind: 'ambiguous', detail: verdict.detail }
    : verdict;
}

/**
 * 200 `{request_id, data: {iss, aud, sub, email, iat, exp}}` while the token lives, 400 in the
 * OAuth shape when it does not:
 * https://developer.nylas.com/docs/reference/api/authentication-apis/info_oauth2_token/
 */
export function judgeTokenInfo(answer: HttpAnswer): Liveness {
  const body = jsonObject(answer);
  if (answer.status === 200 && typeof body?.data === 'object' && body.data !== null) {
    return { kind: 'alive' };
  }
  const verdict = judgeRefusal(answer);
  return verdict.kind === 'refused' && answer.status === 400 && typeof body?.error === 'string'
    ? { kind: 'dead' }
    : { kind: 'unknown', verdict };
}

/** Accepted, and partial content: neither says that anything has been done. */
const unfinished = new Set([202, 206]);

/** Sorts out the errors that speak of our API key or of Nylas itself, whatever their status. */
function judgeRefusal(answer: HttpAnswer): Verdict {
  const verdict = judgeUndocumented(answer);
  if (verdict.kind !== 'refused') return verdict;
  const { detail } = verdict;
  if (blamesTheKey(answer)) return { kind: 'misconfigured', detail, credentials: true };
  return blamesTheServer(answer) ? { kind: 'unavailable', detail } : verdict;
}

/**
 * `token.unauthorized_access` is documented as a 400 "Invalid API key.". The match is a wide one:
 * taking a bad key for a dead token would report living tokens as dead, the reverse only pauses.
 */
const keyCodes = [
  'token.unauthorized_access',
  'api.authentication_error',
  'unauthorized_client',
  '401',
];
const keyWords = /\bapi[\s_-]?key\b|\bunauthori[sz]ed\b/i;

const blamesTheKey = (answer: HttpAnswer): boolean =>
  codesOf(answer).some((code) => keyCodes.includes(code) || keyWords.test(code)) ||
  keyWords.test(providerError(answer).description ?? '');

const serverCodes = ['internal_error', 'api.internal_error'];

const blamesTheServer = (answer: HttpAnswer): boolean =>
  codesOf(answer).some((code) => serverCodes.includes(code) || /^5\d\d$/.test(code));

/** The error's names. `error_code` is documented as a string, and sent as a number. */
function codesOf(answer: HttpAnswer): string[] {
  const { code } = providerError(answer);
  const errorCode = jsonObject(answer)?.error_code;
  return [code, errorCode].flatMap((value) =>
    typeof value === 'string' || typeof value === 'number' ? [String(value)] : [],
  );
}
