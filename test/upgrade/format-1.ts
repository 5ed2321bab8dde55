import { createHash, createHmac, randomBytes } from 'node:crypto';
import { CompactEncrypt } from 'jose';

/**
 * Writes messages and items exactly as the first version of Rescind wrote them: format 1 of each. It is
 * frozen, and imports nothing of the project, so that no change to that changes what it writes.
 */

/** The sealing keys as the first version used them. */
export interface Keys {
  readonly kid: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
  readonly fingerprintKey: Uint8Array;
}

export interface Job {
  /** Position in its part. */
  readonly index: number;
  readonly token: string;
  readonly tokenType?: 'access_token' | 'refresh_token';
  readonly subject?: string;
  readonly ref?: string;
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
}

export interface Slice {
  readonly revocation: string;
  readonly part: number;
  readonly slice: number;
  readonly provider: string;
  readonly jobs: readonly Job[];
}

/** What was written down of a job, in the clear and by its long names. */
export interface Written {
  readonly outcome?: 'revoked' | 'already_invalid' | 'unsupported' | 'parked';
  readonly evidence?: 'accepted' | 'verified';
  readonly reason?: 'exhausted' | 'misconfigured' | 'refused' | 'crashed';
  readonly detail?: string;
  readonly attempts: number;
  readonly answers?: number;
  readonly crashes?: number;
  readonly httpStatus?: number;
  /** Epoch seconds. */
  readonly at: number;
}

/** A DynamoDB item as its wire format has it. */
export type Item = Record<string, Value>;
export type Value = { S: string } | { N: string } | { NS: string[] } | { M: Record<string, Value> };

/** A set of keys as text, as the first version kept it in its secret, and the same set to write with. */
export function newKeys(): { text: string; keys: Keys } {
  const [key, fingerprintKey] = [randomBytes(32), randomBytes(32)];
  const jwk = (use: 'enc' | 'sig', kid: string, k: Buffer) => ({
    kty: 'oct',
    use,
    kid,
    k: k.toString('base64url'),
  });
  const set = [jwk('enc', 'enc-2026-11-21-1', key), jwk('sig', 'sig-2026-11-21-1', fingerprintKey)];
  return {
    text: JSON.stringify({ keys: set }),
    keys: { kid: 'enc-2026-11-21-1', key, fingerprintKey },
  };
}

export function newRevocationId(at = Date.now()): string {
  const bytes = randomBytes(20);
  bytes.writeUIntBE(at, 0, 6);
  return `rev_${bytes.toString('hex')}`;
}

export const fingerprint = (token: string, { fingerprintKey }: Keys): string =>
  createHmac('sha256', fingerprintKey).update(token).digest('base64url').slice(0, 16);

/** The compact JWE of a slice's secret half. */
function seal({ revocation, part, slice, provider, jobs }: Slice, keys: Keys): Promise<string> {
  const secrets = jobs.map(({ index, token, tokenType, subject, parameters }) => ({
    index,
    token,
    tokenType,
    subject,
    parameters,
  }));
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(secrets)))
    .setProtectedHeader({
      alg: 'dir',
      enc: 'A256GCM',
      kid: keys.kid,
      slice: `${revocation}/${part}/${slice}/${provider}`,
    })
    .encrypt(keys.key);
}

/** The body of a slice's SQS message; its message group was the revocation's id. */
export async function sliceMessage(slice: Slice, keys: Keys): Promise<string> {
  const { revocation, part, slice: number, provider, jobs } = slice;
  const message = {
    v: 1,
    revocation,
    part,
    slice: number,
    provider,
    redrives: 0,
    jobs: jobs.map(({ index, ref, token }) => ({
      index,
      ref,
      fingerprint: fingerprint(token, keys),
    })),
    sealed: await seal(slice, keys),
  };
  return JSON.stringify(message).replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A revocation's own item. The lists hold the indexes of the jobs that have each outcome. */
export function partItem({
  id,
  expiresAt = inDays(365),
  ...rest
}: {
  readonly id: string;
  readonly label?: string;
  readonly requestedBy: string;
  /** ISO 8601, as the other times. */
  readonly createdAt: string;
  readonly acceptedAt?: string;
  readonly completedAt?: string;
  readonly total: number;
  readonly revoked?: readonly number[];
  readonly already_invalid?: readonly number[];
  readonly unsupported?: readonly number[];
  readonly parked?: readonly number[];
  readonly expiresAt?: number;
}): Item {
  return item({
    pk: `REV#${id}`,
    sk: `PART#${padded(0)}`,
    ...rest,
    lpk: 'REVOCATIONS',
    lsk: id,
    expiresAt,
  });
}

/** What is written down of a slice: a record for each job, by index. */
export function sliceItem(
  { revocation, part, slice, provider, jobs }: Slice,
  records: Readonly<Record<number, Written>>,
  keys: Keys,
  { version = 1, receives = 1, expiresAt = inDays(365) } = {},
): Item {
  const encoded = jobs.map(({ index, ref, token }) => {
    const { outcome, evidence, reason, detail, attempts, answers, crashes, httpStatus, at } =
      records[index] ?? { attempts: 0, at: 0 };
    const goesOn = outcome === undefined || outcome === 'parked';
    return [
      index,
      {
        r: ref,
        f: fingerprint(token, keys),
        o: outcome,
        e: evidence,
        p: reason,
        d: detail,
        a: attempts,
        n: goesOn ? answers : undefined,
        c: crashes,
        h: httpStatus,
        t: at,
      },
    ];
  });
  return item({
    pk: `REV#${revocation}`,
    sk: `SLICE#${padded(part)}#${padded(slice)}`,
    provider,
    version,
    receives,
    redrives: 0,
    jobs: Object.fromEntries(encoded),
    expiresAt,
  });
}

/** A slice's entry in the ledger. @param message the body of its SQS message */
export function ledgerItem(
  { revocation, part, slice, provider, jobs }: Slice,
  records: Readonly<Record<number, Written>>,
  message: string,
  keys: Keys,
  { version = 1 } = {},
): Item {
  const parked = jobs.flatMap(({ index, ref, token }) => {
    const record = records[index];
    if (record?.outcome !== 'parked') return [];
    const { reason = 'exhausted', detail, attempts, httpStatus, at } = record;
    const parkedAt = new Date(at * 1000).toISOString();
    const job = { index, ref, fingerprint: fingerprint(token, keys), reason, detail, attempts };
    return [[index, { ...job, httpStatus, parkedAt }]];
  });
  return item({
    pk: `REV#${revocation}`,
    sk: `LEDGER#${padded(part)}#${padded(slice)}`,
    lpk: 'LEDGER',
    lsk: `${provider}#${revocation}#${padded(part)}#${padded(slice)}`,
    provider,
    version,
    redrives: 0,
    sealed: JSON.parse(message).sealed,
    entries: Object.fromEntries(parked),
  });
}

/** The item that remembers an Idempotency-Key. @param body the submission as it was sent */
export function idempotencyItem(
  {
    requestedBy,
    key,
    body,
    revocation,
  }: Record<'requestedBy' | 'key' | 'body' | 'revocation', string>,
  { fingerprintKey }: Keys,
): Item {
  const digest = createHash('sha256').update(`${requestedBy}\0${key}`).digest('hex');
  return item({
    pk: `IDEM#${digest}`,
    sk: 'IDEM',
    body: createHmac('sha256', fingerprintKey).update('body\0').update(body).digest('base64url'),
    revocation,
    expiresAt: inDays(1),
  });
}

/** The table as the first version created it, but for its name. */
export const table = {
  BillingMode: 'PAY_PER_REQUEST' as const,
  AttributeDefinitions: ['pk', 'sk', 'lpk', 'lsk'].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S' as const,
  })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' as const },
    { AttributeName: 'sk', KeyType: 'RANGE' as const },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'listing',
      KeySchema: [
        { AttributeName: 'lpk', KeyType: 'HASH' as const },
        { AttributeName: 'lsk', KeyType: 'RANGE' as const },
      ],
      Projection: {
        ProjectionType: 'INCLUDE' as const,
        NonKeyAttributes: ['provider', 'entries'],
      },
    },
  ],
};

const padded = (number: number): string => String(number).padStart(6, '0');

const inDays = (days: number): number => Math.floor(Date.now() / 1000) + days * 86_400;

/** Plain values in DynamoDB's wire format: numbers in an array are a set, undefined is left out. */
function item(plain: object): Item {
  const entries = Object.entries(plain).flatMap(([name, value]): [string, Value][] =>
    value === undefined ? [] : [[name, attribute(value)]],
  );
  return Object.fromEntries(entries);
}

function attribute(value: unknown): Value {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (Array.isArray(value)) return { NS: value.map(String) };
  if (typeof value === 'object' && value !== null) return { M: item(value) };
  throw new Error(`the first version wrote no ${typeof value}`);
}
