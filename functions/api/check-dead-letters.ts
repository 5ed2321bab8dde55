import type * as z from 'zod';
import { type FieldError, Problem } from '../../shared/http/problem.ts';
import type { Catalog } from '../../shared/providers/catalog.ts';
import {
  type AbandonRequest,
  abandonRequest,
  type RedriveRequest,
  redriveRequest,
} from './contract/dead-letters.ts';

/** @throws Problem `invalid-request` listing all that is wrong, quoting none of it */
export function checkRedrive(body: unknown, catalog: Catalog): RedriveRequest {
  const request = check(redriveRequest, body);
  const { provider, revocation, reason, ids, dryRun, cursor } = request;
  if (provider !== undefined && !catalog.has(provider)) {
    const detail = `must be one of the configured providers: ${[...catalog.keys()].join(', ')}`;
    throw nothingDone([{ pointer: '/provider', detail }]);
  }
  if (ids !== undefined && cursor !== undefined) {
    throw nothingDone([{ pointer: '/cursor', detail: 'must be left out: ids need none' }]);
  }
  const filters = [provider, revocation, reason, ids];
  if (dryRun !== true && filters.every((filter) => filter === undefined)) {
    const detail =
      'must name provider, revocation, reason or ids; with "dryRun": true it counts all that is parked';
    throw nothingDone([{ pointer: '', detail }]);
  }
  return request;
}

/** @throws Problem `invalid-request` listing all that is wrong, quoting none of it */
export const checkAbandon = (body: unknown): AbandonRequest => check(abandonRequest, body);

export const nothingDone = (errors: readonly FieldError[]): Problem =>
  new Problem('invalid-request', 'Nothing was done. Mend what `errors` lists and send it again.', {
    errors,
  });

function check<Request>(schema: z.ZodType<Request>, body: unknown): Request {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw nothingDone(
    parsed.error.issues.map(({ code, path: [field, position], message }) => ({
      pointer: [field, typeof position === 'number' ? position : undefined]
        .flatMap((step) => (step === undefined ? [] : [`/${String(step)}`]))
        .join(''),
      detail: code === 'unrecognized_keys' ? 'has a field that is not known' : message,
    })),
  );
}
