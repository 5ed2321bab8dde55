import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import { type SealedJobs, type SliceIdentity, sealedJobs } from '../domain/slice.ts';
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

/** What the protected header binds: an envelope opens only as the slice it was made for. */
const identityText = ({ revocation, part, slice, provider }: SliceIdentity): string =>
  `${revocation}/${part}/${slice}/${provider}`;

/** Seals a slice's secret half: compact JWE, `dir` with A256GCM. */
export function seal(
  identity: SliceIdentity,
  jobs: SealedJobs,
  { sealWith }: SealingKeys,
): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(jobs)))
    .setProtectedHeader({
      alg: 'dir',
      enc: 'A256GCM',
      kid: sealWith.kid,
      slice: identityText(identity),
    })
    .encrypt(sealWith.key);
}

/**
 * Opens what `seal` made.
 *
 * @throws SealFault when the key is unknown, the text was altered, or the slice is another one
 */
export async function open(
  identity: SliceIdentity,
  sealed: string,
  { openWith }: SealingKeys,
): Promise<SealedJobs> {
  const { kid, slice } = headerOf(sealed);
  if (slice !== identityText(identity)) {
    throw new SealFault('tampered', 'the envelope was sealed for another slice');
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
    return sealedJobs.parse(JSON.parse(new TextDecoder().decode(plaintext)));
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
