import { select, selectText } from './json-path.ts';
import { covers, type Rule } from './rule.ts';
import type { WebhookEvent } from './scheme.ts';

/** A job to be, not yet checked, with the event that asked for it. */
export interface PlannedJob {
  /** Position in the delivery. */
  readonly event: number;
  readonly job: Readonly<Record<string, string>>;
}

/** A person whose grants are to be revoked. */
export interface PlannedSubject {
  readonly event: number;
  readonly subject: string;
}

/** What the rules make of a delivery. */
export interface Plan {
  readonly jobs: readonly PlannedJob[];
  readonly subjects: readonly PlannedSubject[];
  /** Events that rules are for, none of which found anything to revoke. */
  readonly unmapped: readonly number[];
}

/** What one delivery may name: as much as can be queued before its sender stops waiting. */
const maximumJobs = 10_000;
const maximumSubjects = 1000;

export const isTooMuch = ({ jobs, subjects }: Plan): boolean =>
  jobs.length > maximumJobs || subjects.length > maximumSubjects;

/** Applies every rule to every event; the same token or person is taken once. */
export function planOf(events: readonly WebhookEvent[], rules: readonly Rule[]): Plan {
  const jobs = new Map<string, PlannedJob>();
  const subjects = new Map<string, PlannedSubject>();
  const unmapped: number[] = [];
  for (const [event, one] of events.entries()) {
    const applying = rules.filter((rule) => applies(rule, one));
    const found = applying.flatMap((rule) =>
      selectText(rule.revoke === 'token' ? rule.token : rule.subject, one.data).map(
        (text) => [rule, text] as const,
      ),
    );
    if (applying.length > 0 && found.length === 0) unmapped.push(event);
    for (const [rule, text] of found) {
      if (rule.revoke === 'subject') {
        const subject = rule.lowercase ? text.toLowerCase() : text;
        if (!subjects.has(subject)) subjects.set(subject, { event, subject });
        continue;
      }
      const key = JSON.stringify([rule.provider, text]);
      if (!jobs.has(key)) jobs.set(key, { event, job: jobOf(rule, text, one.data) });
    }
  }
  return { jobs: [...jobs.values()], subjects: [...subjects.values()], unmapped };
}

const applies = ({ event, where }: Rule, { type, data }: WebhookEvent): boolean =>
  covers(event, type) && (where === undefined || select(where, data).length > 0);

function jobOf(
  { provider, tokenType, ref }: Extract<Rule, { revoke: 'token' }>,
  token: string,
  data: unknown,
): Record<string, string> {
  const [name] = ref === undefined ? [] : selectText(ref, data);
  return {
    provider,
    token,
    ...(tokenType !== undefined && { tokenType }),
    ...(name !== undefined && { ref: name }),
  };
}
