import { createHmac } from 'node:crypto';
import { anySame } from '../compare.ts';
import { entryOf } from '../entry.ts';
import { digestOf, eventBody, typeIn } from '../event-body.ts';
import { selectText } from '../json-path.ts';
import { type Authenticated, type Call, refused, type Scheme } from '../scheme.ts';
import { type HmacOptions, hmacOptions, type Place } from './options.ts';

/** Any sender that signs with HMAC and a shared secret. */
export const entry = entryOf('hmac', hmacOptions);

const minimumSecretLength = 16;

export const createScheme = (options: HmacOptions): Scheme => ({
  secretProblem: (secret) =>
    secret.length < minimumSecretLength
      ? `must have at least ${minimumSecretLength} characters`
      : undefined,
  authenticate: (call, secrets, now) => authenticate(call, secrets, now, options),
});

function authenticate(
  { headers, body }: Call,
  secrets: readonly string[],
  now: number,
  options: HmacOptions,
): Authenticated {
  const { signature, timestamp, id, signed } = options;
  const signatures = valuesAt(headers, signature);
  const [time] = timestamp === undefined ? [''] : valuesAt(headers, timestamp);
  const [idGiven] = id !== undefined && 'header' in id ? valuesAt(headers, id) : [''];
  if (signatures.length === 0 || time === undefined || idGiven === undefined) {
    return refused('unsigned');
  }
  if (timestamp !== undefined) {
    if (!/^\d{1,12}$/.test(time)) return refused('unsigned');
    if (Math.abs(now - Number(time)) > timestamp.toleranceSeconds) return refused('stale');
  }
  if (!/^[\x21-\x7e]{0,255}$/.test(idGiven)) return refused('unsigned');

  const before = signed
    .slice(0, -'{body}'.length)
    .replace('{timestamp}', () => time)
    .replace('{id}', () => idGiven);
  const expected = secrets.map((secret) =>
    createHmac(signature.algorithm, secret).update(before).update(body).digest(signature.encoding),
  );
  if (!signatures.some((each) => anySame(expected, each))) return refused('wrong-signature');
  const event = eventBody(body);
  if (event === undefined) return refused('malformed');
  const [idFound] = id !== undefined && 'path' in id ? selectText(id.path, event) : [idGiven];
  return {
    kind: 'authentic',
    delivery: {
      // The same words at another time may be of another event, as when a person leaves again.
      id: idFound || digestOf(Buffer.concat([Buffer.from(time), body])),
      events: [{ type: typeIn(event, options.type), data: event }],
    },
  };
}

/** What a header says at a place: more than one where it says it more than once. */
function valuesAt(
  headers: Call['headers'],
  { header, separator, prefix = '' }: Place,
): readonly string[] {
  const value = headers[header];
  if (value === undefined) return [];
  const parts = separator === undefined ? [value] : value.split(separator);
  return parts
    .map((part) => part.trim())
    .filter((part) => part.startsWith(prefix) && part.length > prefix.length)
    .map((part) => part.slice(prefix.length));
}
