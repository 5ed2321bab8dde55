import type { HttpAnswer } from './adapter.ts';

/** What an error body says, whatever its shape. Codes only: free text may quote the token. */
export interface ProviderError {
  /** RFC 6749 `error`, or the `type` of an error object, or a plain HAL `title` made a code. */
  readonly code: string | undefined;
  /** The status that the body claims, where it claims one (`status`, `statusCode`, numeric `code`). */
  readonly status: number | undefined;
  /** The description, for judges to match on. Never store or log it. */
  readonly description: string | undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const stringOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** The body as a JSON object; undefined when it is empty, not JSON, or JSON of another shape. */
export function jsonObject(answer: HttpAnswer): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(answer.body);
    return isRecord(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads every error shape that the field uses: `{error, error_description}` (RFC 6749),
 * `{error: {type, message}}` (Nylas), `{status, title, detail}` (HAL, Mollie),
 * `{statusCode, apiCode, message}` and `{code, message}` (GenAuth). All undefined for a body
 * that is none of them.
 */
export function providerError(answer: HttpAnswer): ProviderError {
  const body = jsonObject(answer) ?? {};
  const nested = isRecord(body.error) ? body.error : undefined;
  return {
    code:
      stringOf(body.error) ??
      stringOf(nested?.type) ??
      stringOf(nested?.code) ??
      stringOf(body.code) ??
      titleCode(stringOf(body.title)),
    status: numberOf(body.status) ?? numberOf(body.statusCode) ?? numberOf(body.code),
    description:
      stringOf(body.error_description) ??
      stringOf(nested?.message) ??
      stringOf(body.message) ??
      stringOf(body.detail),
  };
}

/** A title such as `Not Found` as a code. One of other than a few plain words may quote the token. */
const titleCode = (title: string | undefined): string | undefined =>
  title !== undefined && /^[A-Za-z]{1,20}( [A-Za-z]{1,20}){0,4}$/.test(title)
    ? title.toLowerCase().replaceAll(' ', '_')
    : undefined;

/** A provider's code made fit for a record: anything that is not a short plain code is dropped. */
export function detailOf(answer: HttpAnswer): string {
  const { code } = providerError(answer);
  const plain = code !== undefined && /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(code);
  return plain ? `http ${answer.status} ${code}` : `http ${answer.status}`;
}
