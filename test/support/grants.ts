import type * as z from 'zod';
import { listOf } from '../../functions/api/contract/answers.ts';
import {
  grant,
  subjectNotRevoked,
  subjectRevoked,
} from '../../functions/api/contract/grant-answers.ts';
import type { Registration } from '../../functions/api/contract/grants.ts';
import type { JobRecord } from '../../shared/domain/outcome.ts';
import { type SliceMessage, sliceMessage } from '../../shared/domain/slice.ts';
import { open } from '../../shared/sealing/envelope.ts';
import type { TestApi } from './api.ts';
import { sealingKeys } from './slices.ts';
import { recordWork } from './work.ts';

export const grantsOf = (subject: string): string =>
  `/v1/subjects/${encodeURIComponent(subject)}/grants`;

/** A token of a message with the name it has there. */
export interface QueuedToken {
  readonly message: SliceMessage;
  readonly token: string;
  readonly ref: string | undefined;
  readonly after: number | undefined;
}

/** Grants to register, by the name that their token has in a test. */
export const mollie = (token: string) => ({ provider: 'mollie', accessToken: `access_${token}` });
export const polar = (token: string) => ({ provider: 'polar', accessToken: `polar_at_u_${token}` });

/** How a job ends that its provider has accepted. */
export const revoked = { outcome: 'revoked', evidence: 'accepted' } as const;

/** The grant registry as callers use it. */
export function grantCaller(api: TestApi) {
  const list = async (subject: string) =>
    (await api.expectAnswer(listOf(grant), { path: grantsOf(subject) })).items;
  /** What stands on the lanes, opened; it is taken off them. */
  const queued = async (): Promise<QueuedToken[]> => {
    const received = await Promise.all(['polar', 'mollie', 'nylas'].map(api.queues.receive));
    const messages = received.flat().map(({ Body = '' }) => sliceMessage.parse(JSON.parse(Body)));
    const opened = await Promise.all(messages.map(openedTokens));
    return opened.flat();
  };
  return {
    list,
    queued,
    /** The tokens that stand on the lanes; they are taken off them. */
    tokensOf: async () => (await queued()).map(({ token }) => token).sort(),
    /** States of a person's grants by their ids. */
    statesOf: async (subject: string) =>
      Object.fromEntries((await list(subject)).map(({ grantId, state }) => [grantId, state])),
    put: (
      subject: string,
      grantId: string,
      body: Registration,
      status = 201,
      headers: Readonly<Record<string, string>> = {},
    ): Promise<z.infer<typeof grant>> =>
      api.expectAnswer(
        grant,
        { method: 'PUT', path: `${grantsOf(subject)}/${grantId}`, body, headers },
        status,
      ),
    forget: (subject: string, grantId: string) =>
      api.call({ method: 'DELETE', path: `${grantsOf(subject)}/${grantId}` }),
    revoke: (subject: string, body: object = {}, headers: Readonly<Record<string, string>> = {}) =>
      api.expectAnswer(
        subjectRevoked,
        { method: 'POST', path: revokePath(subject), body, headers },
        202,
      ),
    revokeNothing: (subject: string, body: object = {}) =>
      api.expectAnswer(subjectNotRevoked, { method: 'POST', path: revokePath(subject), body }),
    /** Has these end as a worker would. */
    end: async (queued: readonly QueuedToken[], ...records: readonly Partial<JobRecord>[]) => {
      for (const message of new Set(queued.map((each) => each.message))) {
        await recordWork(message, api.stores, ...records);
      }
    },
  };
}

const revokePath = (subject: string): string =>
  `/v1/subjects/${encodeURIComponent(subject)}/revoke`;

async function openedTokens(message: SliceMessage): Promise<QueuedToken[]> {
  const secrets = await open(message, message.sealed, sealingKeys);
  return message.jobs.map(({ index, ref, after }) => {
    const token = secrets.find((secret) => secret.index === index)?.token ?? '';
    return { message, token, ref, after };
  });
}
