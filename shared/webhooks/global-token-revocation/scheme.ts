import * as z from 'zod';
import { Problem, problemResponse } from '../../http/problem.ts';
import type { Send } from '../../providers/adapter.ts';
import { anySame } from '../compare.ts';
import { entryOf } from '../entry.ts';
import { digestOf, eventBody } from '../event-body.ts';
import { createJwtKeys, jwtOptions, verifyJwt } from '../jwt.ts';
import {
  type Answer,
  type Authenticated,
  type Call,
  type Delivery,
  refused,
  type Scheme,
  type Taken,
} from '../scheme.ts';
import { identifiersOf } from '../subject-identifier.ts';

const subjectIssuer = z
  .string()
  .min(1)
  .optional()
  .describe('The iss of those iss_sub subjects that are meant');

/** The draft leaves open how callers authenticate, and names these two. */
const options = z.discriminatedUnion('auth', [
  z.strictObject({
    auth: z.literal('jwt').describe('A JWT of the caller, signed with a key that it publishes'),
    ...jwtOptions,
    typ: z
      .string()
      .min(1)
      .optional()
      .describe('The typ of its JWTs, if they have one of their own'),
    subjectIssuer,
  }),
  z.strictObject({
    auth: z.literal('bearer').describe('A secret that both sides know'),
    subjectIssuer,
  }),
]);

type Options = z.infer<typeof options>;

/** draft-parecki-oauth-global-token-revocation-06. */
export const entry = entryOf('global-token-revocation', options);

const minimumSecretLength = 32;

export function createScheme(options: Options, send: Send): Scheme {
  if (options.auth === 'bearer') {
    return {
      secretProblem: (secret) =>
        secret.length < minimumSecretLength || !/^[\x21-\x7e]+$/.test(secret)
          ? `must be at least ${minimumSecretLength} printable ASCII characters without spaces`
          : undefined,
      authenticate: (call, secrets) => byBearer(call, secrets, options.subjectIssuer),
      accept,
    };
  }
  const keys = createJwtKeys(options.jwksUri, send);
  return {
    secretProblem: undefined,
    authenticate: (call, _, now) => byJwt(call, now, options, keys),
    accept,
  };
}

const tokenOf = ({ headers }: Call): string | undefined =>
  /^Bearer +([^\s,]+)$/i.exec(headers.authorization ?? '')?.[1];

/** Nothing tells a repetition from a second request for the same person, which is as good as the first. */
function byBearer(call: Call, secrets: readonly string[], issuer = ''): Authenticated {
  const token = tokenOf(call);
  if (token === undefined) return refused('unsigned');
  if (!anySame(secrets, token)) return refused('wrong-signature');
  return requestOf(call, undefined, issuer);
}

async function byJwt(
  call: Call,
  now: number,
  { issuer, audience, typ, subjectIssuer }: Extract<Options, { auth: 'jwt' }>,
  keys: ReturnType<typeof createJwtKeys>,
): Promise<Authenticated> {
  const token = tokenOf(call);
  if (token === undefined) return refused('unsigned');
  const verified = await verifyJwt(token, keys, now, {
    issuer,
    audience,
    requiredClaims: ['exp', 'jti'],
    ...(typ !== undefined && { typ }),
  });
  if (verified.kind === 'refused') {
    return refused(verified.reason === 'malformed' ? 'unsigned' : verified.reason);
  }
  const { jti } = verified.claims;
  if (typeof jti !== 'string' || jti === '') return refused('unsigned');
  // An access token may be good for several people, each of them once.
  const id = `${jti}:${digestOf(call.body)}`;
  return requestOf(call, id, subjectIssuer ?? issuer);
}

/** `subject` was its name until the fourth draft, and some callers still use it. */
const request = z.union([
  z.strictObject({ sub_id: z.unknown() }),
  z.strictObject({ subject: z.unknown() }).transform(({ subject }) => ({ sub_id: subject })),
]);

function requestOf({ body }: Call, id: string | undefined, issuer: string): Authenticated {
  const parsed = request.safeParse(eventBody(body));
  if (!parsed.success) return refused('malformed');
  const { sub_id } = parsed.data;
  const subject = identifiersOf(sub_id, issuer);
  if (subject === undefined) return refused('malformed');
  const data = { sub_id, subject };
  return {
    kind: 'authentic',
    delivery: { id, events: [{ type: 'global-token-revocation', data }] },
  };
}

const accept = (_: Delivery, { unknownSubject }: Taken): Answer =>
  unknownSubject
    ? problemResponse(new Problem('not-found', 'No grants are registered for this subject.'))
    : { statusCode: 204, headers: { 'cache-control': 'no-store' } };
