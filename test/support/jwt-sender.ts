import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type KeyHost, startKeyHost } from './webhooks.ts';

/** Somebody who signs JWTs and publishes the keys. */
export interface JwtSender extends AsyncDisposable {
  readonly keys: KeyHost;
  /** A JWT, its header as given. */
  readonly sign: (claims: object, header?: Readonly<Record<string, string>>) => Promise<string>;
  /** What it has signed, whatever it says: `header.payload` with its signature. */
  readonly signBytes: (signed: string) => Promise<string>;
  /** Replaces the key and publishes the new one. */
  readonly rotate: () => Promise<void>;
}

export async function startJwtSender(): Promise<JwtSender> {
  let count = 0;
  const newKey = async () => {
    count += 1;
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const kid = `key-${count}`;
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' };
    return { kid, privateKey, published: JSON.stringify({ keys: [jwk] }) };
  };
  let current = await newKey();
  const keys = await startKeyHost(current.published);
  return {
    keys,
    sign: (claims, header = {}) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: current.kid, ...header })
        .sign(current.privateKey),
    signBytes: async (signed) => {
      const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
      const signature = await crypto.subtle.sign(
        algorithm,
        current.privateKey,
        Buffer.from(signed),
      );
      return `${signed}.${Buffer.from(signature).toString('base64url')}`;
    },
    rotate: async () => {
      current = await newKey();
      keys.publish(current.published);
    },
    [Symbol.asyncDispose]: () => keys[Symbol.asyncDispose](),
  };
}
