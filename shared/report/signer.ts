import { createPrivateKey, createPublicKey, hkdfSync, randomBytes } from 'node:crypto';
import { CompactSign, calculateJwkThumbprint } from 'jose';
import * as z from 'zod';
import { type ReportKey, type ReportKeys, reportKey } from './keys.ts';
import { type Statement, statementType } from './statement.ts';

/** What the secret holds: Secrets Manager makes the seed up, so that nobody ever sees a key. */
const secretSchema = z.strictObject({
  version: z.literal(1),
  /** Random characters; 64 letters and digits are 381 bits. */
  seed: z.string().min(64),
  /** Public keys of seeds that were there before, newest first. */
  earlier: z.array(z.strictObject(reportKey.shape)).default([]),
});

/** What a new secret holds where no Secrets Manager makes it. */
export const generateReportSeed = (): string =>
  JSON.stringify({ version: 1, seed: randomBytes(48).toString('base64url') });

/** Signs statements. */
export interface Signer {
  readonly keys: ReportKeys;
  /** @returns compact JWS */
  readonly sign: (statement: Statement) => Promise<string>;
  /** Authenticates cursors: they decide what the next statement goes on from. */
  readonly cursorKey: Uint8Array;
}

/** The secret does not hold what statements can be signed with. */
export class ReportKeyFault extends Error {
  override readonly name = 'ReportKeyFault';
}

/**
 * @param text of the secret
 * @throws ReportKeyFault saying what is wrong with it, and quoting nothing
 */
export async function createSigner(text: string): Promise<Signer> {
  const { seed, earlier } = parse(text);
  const privateKey = createPrivateKey({
    key: Buffer.concat([ed25519Prefix, derive(seed, 'ed25519')]),
    format: 'der',
    type: 'pkcs8',
  });
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const key = await namedKey(x);
  for (const { x: earlierX, kid } of earlier) {
    if ((await namedKey(earlierX)).kid === kid) continue;
    throw new ReportKeyFault('a key in "earlier" has a kid that is not its thumbprint');
  }
  return {
    keys: { keys: [key, ...earlier.filter(({ kid }) => kid !== key.kid)] },
    cursorKey: derive(seed, 'cursor'),
    sign: (statement) =>
      new CompactSign(new TextEncoder().encode(JSON.stringify(statement)))
        .setProtectedHeader({ alg: 'EdDSA', typ: statementType, kid: key.kid })
        .sign(privateKey),
  };
}

/** What comes before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7). */
const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Keys of earlier reports hang on this text, so it may never change; a new way is a new version. */
const derive = (seed: string, purpose: 'ed25519' | 'cursor'): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', seed, '', `rescind/report-signing-key/1/${purpose}`, 32));

async function namedKey(x: string): Promise<ReportKey> {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x } as const;
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), use: 'sig', alg: 'EdDSA' };
}

function parse(text: string): z.infer<typeof secretSchema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ReportKeyFault('it is not JSON');
  }
  const parsed = secretSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, code, message }) =>
    // Messages about unknown names quote them.
    code === 'unrecognized_keys'
      ? `${path.join('.') || 'it'} has a field that is not known`
      : `${path.join('.') || 'it'}: ${message}`,
  );
  throw new ReportKeyFault(problems.join('; '));
}
