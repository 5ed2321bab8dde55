import { isDeepStrictEqual } from 'node:util';
import {
  calculateJwkThumbprint,
  compactVerify,
  decodeProtectedHeader,
  errors,
  importJWK,
} from 'jose';
import type { Shown } from './check.ts';
import { hashColumn } from './csv.ts';
import type { ReportKeys } from './keys.ts';
import { type Statement, statement, statementType } from './statement.ts';

type Read =
  | { readonly kind: 'genuine'; readonly statement: Statement; readonly kid: string }
  | { readonly kind: 'false'; readonly reason: string };

/** The statement that a report's signature is of; and that what is shown of it is the same. */
export async function readStatement(shown: Shown, keys: ReportKeys): Promise<Read> {
  const kid = kidOf(shown.jws);
  if (kid === undefined) return falseBecause('its signature is not one of a report');
  const key = keys.keys.find((each) => each.kid === kid);
  if (key === undefined) {
    return falseBecause(
      `it is signed by the key ${kid}, which is not among the keys that were given`,
    );
  }
  if ((await calculateJwkThumbprint(key)) !== kid) {
    return falseBecause(`the key ${kid} that was given is another than its name says`);
  }
  const payload = await verified(shown.jws, key);
  if (payload === undefined) {
    return falseBecause(
      'its signature does not fit: the statement was altered, or another has signed it',
    );
  }
  const parsed = statement.safeParse(payload);
  if (!parsed.success) {
    return falseBecause('its statement is of a format that this version of rescind does not know');
  }
  if (shown.statement !== undefined && !isDeepStrictEqual(shown.statement, payload)) {
    return falseBecause('the statement that it shows is not the one that was signed');
  }
  const { columns } = parsed.data;
  if (shown.columns !== undefined && !isDeepStrictEqual(shown.columns, [...columns, hashColumn])) {
    return falseBecause('its columns are not those that were signed');
  }
  return { kind: 'genuine', statement: parsed.data, kid };
}

const falseBecause = (reason: string) => ({ kind: 'false', reason }) as const;

/** @returns undefined for what is no JWS, or one that says something else */
function kidOf(jws: string): string | undefined {
  try {
    const { alg, typ, kid } = decodeProtectedHeader(jws);
    return alg === 'EdDSA' && typ === statementType ? kid : undefined;
  } catch {
    return undefined;
  }
}

/** @returns what was signed; undefined when this key has not signed it */
async function verified(jws: string, key: ReportKeys['keys'][number]): Promise<unknown> {
  try {
    const options = { algorithms: ['EdDSA'] };
    const { payload } = await compactVerify(jws, await importJWK(key, 'EdDSA'), options);
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (error) {
    if (
      error instanceof errors.JOSEError ||
      error instanceof SyntaxError ||
      error instanceof TypeError
    ) {
      return undefined;
    }
    throw error;
  }
}
