import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import * as z from 'zod';
import { json } from '../../http/problem.ts';
import type { Send } from '../../providers/adapter.ts';
import { serverUrl } from '../../providers/configuration.ts';
import { strictBase64 } from '../compare.ts';
import { entryOf } from '../entry.ts';
import { digestOf, eventBody } from '../event-body.ts';
import { createRemoteKeys, KeysUnavailable, parsedBy, type RemoteKeys } from '../remote-keys.ts';
import {
  type Answer,
  type Authenticated,
  type Call,
  type Delivery,
  refused,
  type Scheme,
  type Taken,
} from '../scheme.ts';

const options = z
  .strictObject({
    keysUrl: serverUrl
      .default('https://api.github.com/meta/public_keys/secret_scanning')
      .describe('Where GitHub publishes its keys'),
    feedback: z
      .boolean()
      .default(false)
      .describe('Whether GitHub is told that each match that is being revoked was a true positive'),
  })
  .prefault({});

/**
 * Alerts of GitHub's secret scanning partner program. They have neither id nor time.
 * https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partnership-program/secret-scanning-partner-program
 */
export const entry = entryOf('github-secret-scanning', options);

const match = z.object({ token: z.string().min(1), type: z.string().max(256) });
const alert = z.array(match).min(1);

type Keys = ReadonlyMap<string, KeyObject>;

const publishedKey = z
  .object({ key_identifier: z.string(), key: z.string().transform(ecKey) })
  .transform(({ key_identifier, key }) => [key_identifier, key] as const);

/** A key that is of no use here, perhaps of a kind to come, does not keep the others from serving. */
const keyList = z
  .object({ public_keys: z.array(z.unknown()) })
  .transform(
    ({ public_keys }): Keys =>
      new Map(public_keys.flatMap((each) => optional(publishedKey.safeParse(each)))),
  )
  .refine(({ size }) => size > 0, 'has no key of the curve P-256');

const optional = <T>({ data }: { data?: T | undefined }): T[] => (data === undefined ? [] : [data]);

function ecKey(pem: string, { addIssue }: z.RefinementCtx): KeyObject {
  const key = keyObjectOf(pem);
  if (key?.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  addIssue('is no key of the curve P-256');
  return z.NEVER;
}

function keyObjectOf(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

export function createScheme({ keysUrl, feedback }: z.infer<typeof options>, send: Send): Scheme {
  const keys = createRemoteKeys(keysUrl, send, parsedBy(keyList));
  return {
    secretProblem: undefined,
    authenticate: (call) => authenticate(call, keys),
    accept: (delivery, taken) => labels(delivery, taken, feedback),
  };
}

async function authenticate(
  { headers, body }: Call,
  keys: RemoteKeys<Keys>,
): Promise<Authenticated> {
  const keyId = headers['github-public-key-identifier'] ?? '';
  const signature = strictBase64(headers['github-public-key-signature'] ?? '', 'base64');
  if (!/^[\x21-\x7e]{1,255}$/.test(keyId) || signature === undefined || signature.length === 0) {
    return refused('unsigned');
  }
  const key = await keyOf(keyId, keys);
  if (typeof key === 'string') return refused(key);
  if (!verify('sha256', body, key, signature)) return refused('wrong-signature');
  const event = eventBody(body);
  if (event === undefined || !alert.safeParse(event).success) return refused('malformed');
  const events = matchesOf(event).map((data) => ({ type: data.type, data }));
  return { kind: 'authentic', delivery: { id: digestOf(body), events } };
}

const matchesOf = (event: unknown) => z.array(z.looseObject(match.shape)).parse(event);

async function keyOf(
  id: string,
  keys: RemoteKeys<Keys>,
): Promise<KeyObject | 'unknown-key' | 'keys-unavailable'> {
  try {
    return (
      (await keys.read()).get(id) ?? (await keys.read({ fresh: true })).get(id) ?? 'unknown-key'
    );
  } catch (error) {
    if (error instanceof KeysUnavailable) return 'keys-unavailable';
    throw error;
  }
}

/** GitHub takes a token's SHA-256 for the token, so the answer holds none. */
function labels({ events }: Delivery, { events: taken }: Taken, feedback: boolean): Answer {
  const labelled = feedback ? events.filter((_, index) => taken.has(index)) : [];
  return json(
    200,
    labelled.map(({ data }) => {
      const { token, type } = match.parse(data);
      return {
        token_hash: createHash('sha256').update(token).digest('hex'),
        token_type: type,
        label: 'true_positive',
      };
    }),
  );
}
