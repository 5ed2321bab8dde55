import { isUtf8 } from 'node:buffer';
import * as z from 'zod';
import type { Send } from '../../providers/adapter.ts';
import { entryOf } from '../entry.ts';
import { createJwtKeys, jwtOptions, verifyJwt } from '../jwt.ts';
import { type RefusalReason, refusals } from '../refusal.ts';
import { type Answer, type Authenticated, type Call, refused, type Scheme } from '../scheme.ts';
import { securityEvents } from './event.ts';

const options = z.strictObject({
  ...jwtOptions,
  subjectIssuer: z
    .string()
    .min(1)
    .optional()
    .describe('The iss of those iss_sub subjects that are meant; the issuer itself unless told'),
});

type Options = z.infer<typeof options>;

/** Security Event Tokens by push (RFC 8935), as the OpenID Shared Signals Framework profiles them. */
export const entry = entryOf('shared-signals', options);

/** For how long a transmitter may repeat what it could not deliver. */
const oldestSeconds = 7 * 86_400;

export function createScheme(options: Options, send: Send): Scheme {
  const keys = createJwtKeys(options.jwksUri, send);
  return {
    secretProblem: undefined,
    authenticate: (call, _, now) => authenticate(call, now, options, keys),
    refuse,
    // RFC 8935, section 2.2.
    accept: () => ({ statusCode: 202, headers: { 'cache-control': 'no-store' } }),
  };
}

async function authenticate(
  { headers, body }: Call,
  now: number,
  { issuer, audience, subjectIssuer = issuer }: Options,
  keys: ReturnType<typeof createJwtKeys>,
): Promise<Authenticated> {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/secevent+jwt' || !isUtf8(body)) {
    return refused('malformed');
  }
  const verified = await verifyJwt(body.toString('utf8'), keys, now, {
    issuer,
    audience,
    // So that no other kind of JWT of the same issuer is taken for one of these.
    typ: 'secevent+jwt',
    requiredClaims: ['iat', 'jti'],
    maxTokenAge: oldestSeconds,
  });
  if (verified.kind === 'refused') return verified;
  const set = securityEvents(verified.claims, subjectIssuer);
  if (set === undefined) return refused('malformed');
  return { kind: 'authentic', delivery: { id: set.jti, events: set.events } };
}

/** RFC 8935, section 2.4. */
const codes: Partial<Readonly<Record<RefusalReason, string>>> = {
  'too-large': 'invalid_request',
  malformed: 'invalid_request',
  unmapped: 'invalid_request',
  stale: 'invalid_request',
  'unknown-key': 'invalid_key',
  'wrong-issuer': 'invalid_issuer',
  'wrong-audience': 'invalid_audience',
  'wrong-signature': 'authentication_failed',
  unsigned: 'authentication_failed',
};

/** What is not the token's fault is told as any other server would: the transmitter tries again. */
function refuse(reason: RefusalReason): Answer | undefined {
  const err = codes[reason];
  if (err === undefined) return undefined;
  return {
    statusCode: 400,
    headers: {
      'content-type': 'application/json',
      'content-language': 'en',
      'cache-control': 'no-store',
    },
    body: JSON.stringify({ err, description: refusals[reason].detail }),
  };
}
