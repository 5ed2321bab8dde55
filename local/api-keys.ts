import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { type Scope, scopes } from '../shared/http/scope.ts';
import { sameText } from './guard.ts';

/** One of the keys that the embedded stack takes. */
export interface ApiKey {
  /** What its caller is called in records. */
  readonly principal: string;
  readonly key: string;
  readonly scopes: readonly Scope[];
}

/** The key that may do everything. */
export const masterKey = (key: string): ApiKey => ({ principal: 'local', key, scopes });

/** The file of keys does not fit. Quotes no key. */
export class ApiKeysFault extends Error {
  override readonly name = 'ApiKeysFault';
}

const named = z.strictObject({
  key: z
    .string('must be a text')
    .regex(/^[\x21-\x7e]{16,256}$/, 'must be 16 to 256 printable ASCII characters, no spaces'),
  scopes: z
    .array(z.enum(scopes, `must be some of ${scopes.join(', ')}`), 'must be a list')
    .min(1, 'must name at least one'),
});

const apiKeysFile = z
  .record(
    z.string().regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, dots or dashes'),
    named,
  )
  .refine(
    (keys) => new Set(Object.values(keys).map(({ key }) => key)).size === Object.keys(keys).length,
    'two names have the same key',
  );

/**
 * Reads a file of one JSON object, from a name to its key and scopes. Callers are recorded as
 * `local:<name>`.
 *
 * @throws ApiKeysFault saying what is wrong; and what reading the file throws
 */
export async function readApiKeys(file: string): Promise<ApiKey[]> {
  const text = await readFile(file, 'utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ApiKeysFault(`${file} is not JSON`);
  }
  const parsed = apiKeysFile.safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) =>
      [path.map(String).join('.'), message].filter((part) => part !== '').join(' '),
    );
    throw new ApiKeysFault(`${file}: ${problems.join('; ')}`);
  }
  return Object.entries(parsed.data).map(([name, { key, scopes: granted }]) => ({
    principal: `local:${name}`,
    key,
    scopes: granted,
  }));
}

/** The key that was given, if it is one. Looks at all of them, so that its time tells of none. */
export const findKey = (given: string, keys: readonly ApiKey[]): ApiKey | undefined =>
  // Nothing is no key, whatever a file may hold.
  given === '' ? undefined : keys.filter(({ key }) => sameText(given, key)).at(0);
