import * as z from 'zod';
import { counts, status } from '../../../shared/domain/counts.ts';
import { tokenTypes } from '../../../shared/domain/job.ts';
import { evidences, outcomes, parkReasons } from '../../../shared/domain/outcome.ts';
import { pauseReasons } from '../../../shared/pace/state.ts';
import { hintPolicies, reaches, verifications } from '../../../shared/providers/adapter.ts';

/** What the API answers. The OpenAPI document is made of these, and tests hold answers to them. */

const timestamp = z.iso.datetime();

const count = z.number().int().min(0);

const links = z.object({
  self: z.string(),
  outcomes: z.string(),
  parts: z.string().optional().meta({ description: 'Where further parts go, while it is open' }),
  close: z.string().optional(),
});

export const accepted = z
  .object({ id: z.string(), status, counts, links })
  .meta({ id: 'Accepted' });

export const dryRunAnswer = z
  .object({
    dryRun: z.literal(true),
    counts,
    providers: z.record(
      z.string(),
      z.object({
        jobs: count,
        reach: z.record(z.string(), z.number()).meta({
          description: 'Jobs by how much dies with their token',
        }),
      }),
    ),
  })
  .meta({ id: 'DryRun' });

export const revocation = z
  .object({
    id: z.string(),
    label: z.string().optional(),
    status,
    open: z.literal(true).optional().meta({ description: 'More parts may come' }),
    counts,
    leftAlive: z.int().min(1).optional().meta({
      description:
        'Grants of its person that it does not revoke, though a token of theirs may live: they could not be revoked, did not fit, or are another revocation’s',
    }),
    requestedBy: z.string(),
    createdAt: timestamp,
    acceptedAt: timestamp.optional().meta({
      description:
        'When intake answered 202. Absent when that call failed: repeat it with its Idempotency-Key',
    }),
    completedAt: timestamp.optional(),
    links,
  })
  .meta({ id: 'Revocation' });

export const outcomeRow = z
  .object({
    job: z.string().meta({ description: 'Identity: revocation, part and index' }),
    part: count,
    index: count,
    ref: z.string().optional(),
    provider: z.string(),
    tokenType: z.enum(tokenTypes).optional().meta({
      description: 'Where the request named it, and of both tokens of a pair',
    }),
    outcome: z.enum([...outcomes, 'queued']).meta({
      description: '`queued`: tried, without an outcome yet',
    }),
    evidence: z.enum(evidences).optional().meta({
      description:
        'Why the token may be called dead. `accepted` on a queued job: its provider has said yes, and the look-up that is to verify it is still to come',
    }),
    reason: z.enum(parkReasons).optional().meta({ description: 'Why it is parked' }),
    detail: z.string().optional().meta({ description: 'What the last try met' }),
    attempts: count,
    httpStatus: z.number().int().optional(),
    fingerprint: z.string().meta({ description: 'Keyed fingerprint of the token' }),
    decision: z
      .object({ by: z.string(), note: z.string() })
      .optional()
      .meta({ description: 'Who abandoned it, and why' }),
    updatedAt: timestamp,
  })
  .meta({ id: 'OutcomeRow' });

export const deadLetter = z
  .object({
    id: z.string().meta({ description: 'The job’s identity' }),
    revocation: z.string(),
    provider: z.string(),
    ref: z.string().optional(),
    tokenType: z.enum(tokenTypes).optional().meta({
      description: 'Where the request named it, and of both tokens of a pair',
    }),
    reason: z.enum(parkReasons),
    detail: z.string().optional(),
    attempts: count,
    redrives: count.meta({ description: 'How often it has been sent again' }),
    httpStatus: z.number().int().optional(),
    fingerprint: z.string(),
    parkedAt: timestamp,
    expiresAt: timestamp.optional().meta({
      description: 'When the token dies by itself, where the request said so',
    }),
  })
  .meta({ id: 'DeadLetter' });

const reach = z.enum(reaches);

export const provider = z
  .object({
    id: z.string(),
    kind: z.string(),
    baseUrl: z.string().optional(),
    capabilities: z.object({
      tokenTypes: z.partialRecord(z.enum(tokenTypes), reach).meta({
        description: 'Token types it revokes, and how much dies with one',
      }),
      tokenTypeHint: z.enum(hintPolicies),
      verification: z.enum(verifications),
      reportsAlreadyInvalid: z.boolean(),
    }),
    verify: z.boolean().meta({
      description: 'Whether accepted revocations are verified, where a token can be looked up',
    }),
    rate: z.object({ requestsPerSecond: z.number(), burst: z.number() }).optional(),
    maxConcurrency: z.number().int(),
    health: z.object({
      state: z.enum(['open', 'paused']),
      reason: z.enum(pauseReasons).optional(),
      pausedUntil: timestamp.optional(),
      learnedRate: z.number().optional().meta({
        description:
          'Calls a second that are made at most because of 429s the provider has given; absent without any of late',
      }),
      lastError: z.string().optional(),
      lastErrorAt: timestamp.optional(),
      parked: count,
      parkedIsExact: z.boolean().meta({ description: 'False when there are more than counted' }),
    }),
  })
  .meta({ id: 'Provider' });

/** Every list answers this. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    cursor: z.string().optional().meta({ description: 'Continues the list; absent at its end' }),
  });

export const health = z.object({ status: z.literal('ok'), version: z.string() });

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string(),
          index: z.number().int().optional(),
          detail: z.string(),
        }),
      )
      .optional(),
    requestId: z.string().optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' });

export type OutcomeRow = z.infer<typeof outcomeRow>;
export type DeadLetterRow = z.infer<typeof deadLetter>;
export type ProviderRow = z.infer<typeof provider>;
export type RevocationAnswer = z.infer<typeof revocation>;
