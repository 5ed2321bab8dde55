import type * as z from 'zod';
import { accepted, listOf, outcomeRow, revocation } from '../functions/api/contract/answers.ts';
import type { submission } from '../functions/api/contract/submission.ts';
import type { counts } from '../shared/domain/counts.ts';

type Submission = z.input<typeof submission>;
export type Revocation = z.infer<typeof revocation>;
export type Counts = z.infer<typeof counts>;
export type Outcome = z.infer<typeof outcomeRow>;

const outcomePage = listOf(outcomeRow);

/** The API as a caller sees it, each answer held to the contract. */
export interface Client {
  readonly submit: (body: Submission, idempotencyKey?: string) => Promise<z.infer<typeof accepted>>;
  readonly revocation: (id: string) => Promise<Revocation>;
  /** Every outcome, page by page. */
  readonly outcomes: (id: string) => AsyncGenerator<Outcome>;
}

/** One call to the API with what authorizes it; `path` begins with /v1. */
export type Send = (path: string, init?: RequestInit) => Promise<Response>;

/** Calls the API as the embedded stack takes it. */
export const withApiKey =
  (url: string, apiKey: string): Send =>
  (path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${apiKey}`);
    return fetch(`${url}${path}`, { ...init, headers });
  };

export const createClient = (url: string, apiKey: string): Client =>
  clientOver(withApiKey(url, apiKey));

/** @throws Error naming status and problem of an answer that was not the expected one */
export function clientOver(send: Send): Client {
  const call = async <T>(
    path: string,
    schema: z.ZodType<T>,
    init: RequestInit = {},
  ): Promise<T> => {
    const headers = { 'content-type': 'application/json', ...init.headers };
    const answer = await send(path, { ...init, headers });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return schema.parse(await answer.json());
  };
  return {
    submit: (body, idempotencyKey) =>
      call('/v1/revocations', accepted, {
        method: 'POST',
        body: JSON.stringify(body),
        ...(idempotencyKey !== undefined && { headers: { 'idempotency-key': idempotencyKey } }),
      }),
    revocation: (id) => call(`/v1/revocations/${id}`, revocation),
    outcomes: async function* (id) {
      let cursor: string | undefined;
      do {
        const query = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const page = await call(`/v1/revocations/${id}/outcomes?limit=500${query}`, outcomePage);
        yield* page.items;
        cursor = page.cursor;
      } while (cursor !== undefined);
    },
  };
}
