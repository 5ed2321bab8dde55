import * as z from 'zod';

/**
 * The faults that can be switched on in front of a sandbox. They combine; when several would hit
 * one request, the first in the order of this file does, and only that one is counted as used.
 */

/** Which requests a fault hits. What is given must all hold; nothing given means every request. */
const when = {
  /** Only the first so many. */
  count: z.number().int().min(0).optional(),
  /** Each with this probability, drawn from the seeded generator. */
  probability: z.number().min(0).max(1).optional(),
  /** Every n-th: 3 hits the third, the sixth … */
  everyNth: z.number().int().min(1).optional(),
  /** Only for so long after the faults were set. */
  forMs: z.number().min(0).optional(),
  /** Only revocations, or only introspection and its like. */
  on: z.enum(['revoke', 'verify']).optional(),
};

/** Seconds, an HTTP date, or no header. */
const retryAfter = z.union([z.number().int().min(0), z.literal('date'), z.literal('none')]);

export const misbehaviours = [
  'wrong_content_type',
  'malformed',
  'truncated',
  'stalled',
  'huge',
  'html_page',
  'redirect',
] as const;

export const faultsSchema = z.strictObject({
  /** Seeds the generator behind `probability` and `jitterMs`: same seed, same faults. */
  seed: z.number().int().default(1),

  /** Every answer, also a faulty one, comes this much later … */
  latencyMs: z.number().min(0).default(0),
  /** … and up to this much later still. */
  jitterMs: z.number().min(0).default(0),

  /** For so long nothing is answered but 503, or every connection is reset. */
  outage: z
    .strictObject({
      ms: z.number().min(0),
      how: z.enum(['unavailable', 'reset']).default('unavailable'),
    })
    .optional(),

  /** Answers as the provider documents its own 429. */
  throttle: z
    .strictObject({
      ...when,
      /** A rate that is really enforced: requests within it pass. */
      requestsPerSecond: z.number().positive().optional(),
      burst: z.number().int().min(1).default(1),
      /** Without it: as the provider documents (Polar seconds, the others none). */
      retryAfter: retryAfter.optional(),
    })
    .optional(),

  /** 503 in plain text, as a load balancer answers. */
  unavailable: z.strictObject({ ...when, retryAfter: retryAfter.default('none') }).optional(),

  /** The connection is cut without an answer. */
  drop: z
    .strictObject({
      ...when,
      /** The request is carried out first: the token is dead and the caller does not know. */
      afterRevoking: z.boolean().default(false),
    })
    .optional(),

  /** A fixed answer in place of the provider's. */
  canned: z
    .strictObject({
      ...when,
      status: z.number().int().min(200).max(599),
      headers: z.record(z.string(), z.string()).default({}),
      body: z.string().default(''),
      afterRevoking: z.boolean().default(false),
    })
    .optional(),

  /**
   * An answer that cannot be used. The request is carried out first, save for `html_page` (200 and
   * a sign-in page, as a proxy answers) and `redirect` (302 to a page that counts who came).
   */
  misbehave: z.strictObject({ ...when, how: z.enum(misbehaviours) }).optional(),
});

/** Faults as callers write them. */
export type Faults = z.input<typeof faultsSchema>;
export type FaultSettings = z.output<typeof faultsSchema>;
export type RetryAfter = z.output<typeof retryAfter>;
export type Misbehaviour = (typeof misbehaviours)[number];

/** The part of a fault that says which requests it hits. */
export interface When {
  readonly count?: number | undefined;
  readonly probability?: number | undefined;
  readonly everyNth?: number | undefined;
  readonly forMs?: number | undefined;
  readonly on?: 'revoke' | 'verify' | undefined;
}
