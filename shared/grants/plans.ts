import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { planKey } from '../store/keys.ts';
import { expiry } from '../store/revocations.ts';
import type { Table } from '../store/table.ts';

const planItem = z.object({
  revocation: z.string(),
  requestedBy: z.string(),
  label: z.string().optional(),
  /** Fingerprint of the task token that is kept for the revocation. */
  task: z.string().optional(),
  grants: z.array(z.object({ home: z.string(), grantId: z.string(), version: z.string() })),
  version: z.string(),
});

/**
 * What the last revocation of a person is made of: these grants, in this order and as they stood
 * then. It is written before any of them is touched, so that whoever finds the revocation half begun
 * goes on with the very same jobs.
 */
export type Plan = z.infer<typeof planItem>;

export interface Plans {
  readonly get: (subject: string) => Promise<Plan | undefined>;
  /** @returns whether it took the place of the plan that was read */
  readonly replace: (
    subject: string,
    plan: Omit<Plan, 'version'>,
    seen: Plan | undefined,
  ) => Promise<boolean>;
}

/** @param retentionDays as long as the revocation itself is kept */
export function createPlans(table: Pick<Table, 'get' | 'put'>, retentionDays: number): Plans {
  return {
    get: async (subject) => {
      const item = await table.get(planKey(subject));
      return item === undefined ? undefined : planItem.parse(item);
    },
    replace: (subject, plan, seen) => {
      const version = randomUUID();
      const item = { ...planKey(subject), ...plan, version, expiresAt: expiry(retentionDays) };
      return seen === undefined
        ? table.put(item, 'attribute_not_exists(pk)')
        : table.put(item, 'version = :seen', { values: { ':seen': seen.version } });
    },
  };
}
