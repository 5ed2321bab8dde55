import { base64url } from 'jose';
import { newSealingKey, readKeySet, SealingKeysFault } from './key-set.ts';

export { SealingKeysFault };

/** Sealing keys, ready for use. */
export interface SealingKeys {
  readonly sealWith: { readonly kid: string; readonly key: Uint8Array };
  readonly openWith: ReadonlyMap<string, Uint8Array>;
  readonly fingerprintWith: Uint8Array;
}

/** @throws SealingKeysFault */
export function parseSealingKeys(secret: string): SealingKeys {
  const openWith = new Map<string, Uint8Array>();
  let fingerprintWith: Uint8Array | undefined;
  for (const { use, kid, k } of readKeySet(secret).keys) {
    const key = base64url.decode(k);
    if (key.length !== 32) throw new SealingKeysFault(`sealing key ${kid} is not 256 bits long`);
    if (use === 'sig') fingerprintWith ??= key;
    else if (openWith.has(kid)) throw new SealingKeysFault(`two sealing keys are called ${kid}`);
    else openWith.set(kid, key);
  }
  const [first] = openWith;
  if (first === undefined) throw new SealingKeysFault('there is no sealing key of use "enc"');
  if (fingerprintWith === undefined) {
    throw new SealingKeysFault('there is no fingerprint key of use "sig"');
  }
  return { sealWith: { kid: first[0], key: first[1] }, openWith, fingerprintWith };
}

/** A fresh JWK set, as JSON text. */
export const generateSealingKeys = (now = new Date()): string =>
  JSON.stringify({ keys: [newSealingKey('enc', now), newSealingKey('sig', now)] });
