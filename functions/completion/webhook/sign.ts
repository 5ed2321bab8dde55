import { createHmac } from 'node:crypto';

/** The Standard Webhooks specification asks for 24 to 64 random bytes. */
const minimumKeyBytes = 24;

/** A secret as Standard Webhooks writes it: `whsec_` and the Base64 of its key. */
const secretPattern = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;

/** @returns what is wrong with a secret, quoting nothing of it; undefined when nothing is */
export const signingSecretProblem = (secret: string): string | undefined =>
  keyOf(secret).length < minimumKeyBytes
    ? `must be whsec_ and the Base64 of at least ${minimumKeyBytes} bytes`
    : undefined;

const keyOf = (secret: string): Buffer =>
  Buffer.from(secretPattern.exec(secret)?.[1] ?? '', 'base64');

/** What a webhook carries besides its body. */
export interface Message {
  readonly id: string;
  /** Epoch seconds. */
  readonly timestamp: number;
  readonly body: string;
}

/**
 * The headers of Standard Webhooks 1.0. Signed with every secret, so that a receiver may go from one to
 * the next at any time.
 */
export function signedHeaders(
  { id, timestamp, body }: Message,
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  const signatures = secrets.map((secret) => {
    const mac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`);
    return `v1,${mac.digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}
