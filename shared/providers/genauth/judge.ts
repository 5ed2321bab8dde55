import type { Liveness, Verdict } from '../../domain/verdict.ts';
import type { HttpAnswer } from '../adapter.ts';
import { judgeUndocumented } from '../judging.ts';
import { detailOf, jsonObject, providerError } from '../provider-error.ts';
import { retryAfterSeconds } from '../retry-after.ts';

/**
 * A revocation is answered 200 without a body. But a 200 may also carry a failure: GenAuth's APIs
 * put the result into the body, `{"statusCode": 429, "message": …}`, and its documentation warns
 * that a 200 must not be taken for success:
 * https://github.com/GenAuth-Official/genauth-docs/blob/master/docs/reference/error-code.md
 *
 * So 200 is success only with an empty body or a JSON object that reports nothing else. Whether a
 * dead token gets that answer too is undocumented.
 */
export function judgeRevocation(answer: HttpAnswer): Verdict {
  if (answer.status !== 200) return judgeUndocumented(answer);
  if (answer.body.trim() === '') return { kind: 'revoked' };
  const body = jsonObject(answer);
  if (body === undefined || body.success === false) {
    return { kind: 'ambiguous', detail: detailOf(answer) };
  }
  return failureWithin(answer) ?? { kind: 'revoked' };
}

/**
 * 200 `{"active": true, …}` for a living token, `{"active": false}` for any other:
 * https://github.com/GenAuth-Official/genauth-docs (docs/reference/sdk/java/authentication/oidc.md)
 */
export function judgeIntrospection(answer: HttpAnswer): Liveness {
  const verdict = answer.status === 200 ? failureWithin(answer) : judgeUndocumented(answer);
  if (verdict !== undefined) return { kind: 'unknown', verdict };
  const active = jsonObject(answer)?.active;
  if (active === false) return { kind: 'dead' };
  if (active === true) return { kind: 'alive' };
  return { kind: 'unknown', verdict: { kind: 'ambiguous', detail: detailOf(answer) } };
}

/**
 * The failure that the body of a 200 reports, in one of `{error, error_description}`,
 * `{statusCode, apiCode, message}` and `{code, message}`; undefined when it reports none.
 */
function failureWithin(answer: HttpAnswer): Verdict | undefined {
  const body = jsonObject(answer) ?? {};
  const reported = [body.statusCode, body.code].find(
    (status) => status !== undefined && Number(status) !== 200,
  );
  if (reported === undefined && !('error' in body)) return undefined;

  const status = Number(reported);
  const saying = Number.isInteger(status) && status >= 100 ? ` saying ${status}` : '';
  const detail = `${detailOf(answer)}${saying}`;
  if (status === 429) {
    return { kind: 'throttled', detail, retryAfterSeconds: retryAfterSeconds(answer) };
  }
  if (status >= 500 && status < 600) {
    return { kind: 'unavailable', detail, retryAfterSeconds: retryAfterSeconds(answer) };
  }
  if (status === 401 || providerError(answer).code === 'invalid_client') {
    return { kind: 'misconfigured', detail, credentials: true };
  }
  return { kind: 'refused', detail };
}
