import { createHash, randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { checkSubmission } from '../../functions/api/check-jobs.ts';
import { dryRun } from '../../functions/api/dry-run.ts';
import { newRevocationId } from '../../shared/domain/revocation.ts';
import { json, Problem, problemResponse } from '../../shared/http/problem.ts';
import type { Catalog } from '../../shared/providers/catalog.ts';
import type { Answer, Answerer } from './server.ts';

/** One part as it was taken. */
interface Part {
  readonly digest: string;
  readonly jobs: number;
}

export interface Opened {
  readonly id: string;
  readonly label: string | undefined;
  readonly parts: Map<number, Part>;
  isOpen: boolean;
}

/** Intake in parts, as the contract has it, with every token that was taken. */
export interface PartsApi {
  readonly answer: Answerer;
  readonly revocations: Map<string, Opened>;
  /** How often each token was taken. */
  readonly tokens: Map<string, number>;
  /** Changed by tests: what comes before the answer to a call that changes something. */
  before: (event: APIGatewayProxyEventV2) => Promise<Answer | undefined>;
}

const intake = z.looseObject({
  label: z.string().optional(),
  open: z.boolean().optional(),
  dryRun: z.boolean().optional(),
  jobs: z.array(z.looseObject({ token: z.string() })).max(500),
});

export function createPartsApi(catalog: Catalog): PartsApi {
  const keys = new Map<string, { digest: string; id: string }>();
  const revocations = new Map<string, Opened>();
  const tokens = new Map<string, number>();

  const take = (jobs: readonly { readonly token: string }[]) => {
    for (const { token } of jobs) tokens.set(token, (tokens.get(token) ?? 0) + 1);
  };

  const post = (event: APIGatewayProxyEventV2): Answer => {
    const body: unknown = JSON.parse(event.body ?? '');
    const given = intake.parse(body);
    const { open, ...rest } = given;
    if (given.jobs.length > 0 || open !== true) {
      const submission = checkSubmission(rest, catalog);
      if (given.dryRun === true) return json(200, dryRun(submission, catalog));
    }
    const digest = digestOf(event);
    const key = event.headers['idempotency-key'] ?? randomUUID();
    const before = keys.get(key);
    if (before !== undefined && before.digest !== digest) {
      throw new Problem('idempotency-conflict', 'This key came with another body.');
    }
    const id = before?.id ?? newRevocationId();
    if (before === undefined) {
      keys.set(key, { digest, id });
      const first = { digest, jobs: given.jobs.length };
      revocations.set(id, {
        id,
        label: given.label,
        parts: new Map([[0, first]]),
        isOpen: open === true,
      });
      take(given.jobs);
    }
    return json(202, answerOf(id, revocations));
  };

  const put = (event: APIGatewayProxyEventV2, id: string, number: number): Answer => {
    const revocation = revocations.get(id);
    if (revocation === undefined) throw new Problem('not-found', 'There is no such revocation.');
    const { jobs } = checkSubmission(JSON.parse(event.body ?? ''), catalog);
    const digest = digestOf(event);
    const before = revocation.parts.get(number);
    if (before !== undefined && before.digest !== digest) {
      throw new Problem('idempotency-conflict', 'This part came with another body.');
    }
    if (before === undefined) {
      if (!revocation.isOpen) throw new Problem('idempotency-conflict', 'It is closed.');
      revocation.parts.set(number, { digest, jobs: jobs.length });
      take(jobs);
    }
    return json(202, { id, part: number, jobs: jobs.length });
  };

  const close = (event: APIGatewayProxyEventV2, id: string): Answer => {
    const revocation = revocations.get(id);
    if (revocation === undefined) throw new Problem('not-found', 'There is no such revocation.');
    const { parts = 0 } = z
      .object({ parts: z.int().optional() })
      .parse(JSON.parse(event.body ?? ''));
    const missing = Array.from({ length: parts }, (_, number) => number).filter(
      (number) => !revocation.parts.has(number),
    );
    if (missing.length > 0) {
      const named = missing.slice(0, 20).join(', ');
      throw new Problem('idempotency-conflict', `These parts are missing: ${named}.`);
    }
    revocation.isOpen = false;
    return json(200, answerOf(id, revocations));
  };

  const routed = (event: APIGatewayProxyEventV2): Answer | undefined => {
    const { method } = event.requestContext.http;
    const [, root, id = '', what, number] =
      /^\/v1\/(revocations)(?:\/(\w+)(?:\/(\w+)(?:\/(\d+))?)?)?$/.exec(event.rawPath) ?? [];
    if (root === undefined) return undefined;
    if (method === 'POST' && id === '') return post(event);
    if (method === 'PUT' && what === 'parts') return put(event, id, Number(number));
    if (method === 'POST' && what === 'close') return close(event, id);
    if (method === 'GET' && what === undefined && revocations.has(id)) {
      return json(200, answerOf(id, revocations));
    }
    return undefined;
  };

  const api: PartsApi = {
    revocations,
    tokens,
    before: async () => undefined,
    answer: async (event) => {
      const early = await api.before(event);
      if (early !== undefined) return early;
      try {
        return routed(event);
      } catch (error) {
        if (error instanceof Problem) return problemResponse(error, 'request-1');
        throw error;
      }
    },
  };
  return api;
}

const digestOf = ({ body = '' }: APIGatewayProxyEventV2): string =>
  createHash('sha256').update(body).digest('hex');

function answerOf(id: string, revocations: ReadonlyMap<string, Opened>) {
  const { label, parts = new Map<number, Part>(), isOpen } = revocations.get(id) ?? {};
  const total = [...parts.values()].reduce((sum, { jobs }) => sum + jobs, 0);
  return {
    id,
    label,
    status: 'queued',
    ...(isOpen === true && { open: true }),
    counts: {
      total,
      queued: total,
      revoked: 0,
      already_invalid: 0,
      unsupported: 0,
      parked: 0,
      abandoned: 0,
      expired: 0,
    },
    requestedBy: 'local',
    createdAt: new Date().toISOString(),
    links: { self: `/v1/revocations/${id}`, outcomes: `/v1/revocations/${id}/outcomes` },
  };
}
