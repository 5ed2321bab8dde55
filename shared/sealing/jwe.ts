import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import type { SealingKeys } from './keys.ts';

/**
 * Why an envelope stays shut. `unknown_key` may be mended by fetching the keys again; `tampered`
 * never.
 */
export class SealFault extends Error {
  override readonly name = 'SealFault';
  readonly code: 'unknown_key' | 'tampered';

  constructor(code: SealFault['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** What the protected header binds: an envelope opens only as what it was made for. */
export interface Binding {
  readonly to: 'slice' | 'grant' | 'task';
  readonly identity: string;
}

/** Seals a value as JSON: compact JWE, `dir` with A256GCM. */
export const sealJson = (
  { to, identity }: Binding,
  value: unknown,
  { sealWith }: SealingKeys,
): Promise<string> =>
  new CompactEncrypt(new TextEncoder().encode(JSON.stringify(value)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: sealWith.kid, [to]: identity })
    .encrypt(sealWith.key);

/**
 * Opens what `sealJson` made.
 *
 * @param parse checks what was sealed; what it throws is not told, since it may quote it
 * @throws SealFault when the key is unknown, the text was altered, or was sealed for something else
 */
export async function openJson<Value>(
  { to, identity }: Binding,
  sealed: string,
  { openWith }: SealingKeys,
  parse: (value: unknown) => Value,
): Promise<Value> {
  const { kid, [to]: bound } = headerOf(sealed);
  if (bound !== identity) {
    throw new SealFault('tampered', `the envelope was sealed for another ${to}`);
  }
  const key = typeof kid === 'string' ? openWith.get(kid) : undefined;
  if (key === undefined) {
    throw new SealFault('unknown_key', 'the envelope was sealed with a key that is not in the set');
  }
  try {
    const { plaintext } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return parse(JSON.parse(new TextDecoder().decode(plaintext)));
  } catch {
    // The cause may hold plaintext (a parse error quotes its input), so it goes no further.
    throw new SealFault('tampered', 'the envelope does not open with its key');
  }
}

function headerOf(sealed: string): Record<string, unknown> {
  try {
    return { ...decodeProtectedHeader(sealed) };
  } catch {
    throw new SealFault('tampered', 'the envelope is not a compact JWE');
  }
}
