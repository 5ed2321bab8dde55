import { type Found, type Place, select, selectPlaced } from './json-path.ts';
import { namesOf } from './names.ts';
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

/**
 * Applies every rule to every event; the same token or person is taken once. A path is followed through
 * an event once, however much it finds, and nothing more is looked for once there is too much.
 *
 * @returns undefined when the delivery names more than is taken of one
 */
export function planOf(events: readonly WebhookEvent[], rules: readonly Rule[]): Plan | undefined {
  const jobs = new Map<string, PlannedJob>();
  const subjects = new Map<string, PlannedSubject>();
  const unmapped: number[] = [];
  for (const [event, one] of events.entries()) {
    const look = lookInto(one.data);
    const applying = rules.filter(
      ({ event: pattern, where }) =>
        covers(pattern, one.type) && (where === undefined || look.holds(where)),
    );
    const found = applying.map((rule) => ({ rule, all: look.find(pathOf(rule)) }));
    if (found.length > 0 && found.every(({ all }) => all.length === 0)) unmapped.push(event);
    for (const { rule, all } of found) {
      for (const { text, place } of all) {
        if (rule.revoke === 'subject') {
          const subject = rule.lowercase ? text.toLowerCase() : text;
          if (!subjects.has(subject)) subjects.set(subject, { event, subject });
        } else {
          const key = `${rule.provider} ${text}`;
          if (!jobs.has(key)) jobs.set(key, { event, job: jobOf(rule, text, place, look) });
        }
        if (jobs.size > maximumJobs || subjects.size > maximumSubjects) return undefined;
      }
    }
  }
  return { jobs: [...jobs.values()], subjects: [...subjects.values()], unmapped };
}

type TokenRule = Extract<Rule, { revoke: 'token' }>;

const pathOf = (rule: Rule): string => (rule.revoke === 'token' ? rule.token : rule.subject);

/** An event as its rules look into it. */
interface Look {
  readonly holds: (path: string) => boolean;
  readonly find: (path: string) => readonly Found[];
  readonly names: (path: string) => (place: Place) => string | undefined;
}

function lookInto(data: unknown): Look {
  const find = oncePerPath((path) => selectPlaced(path, data));
  return {
    find,
    holds: oncePerPath((path) => select(path, data).length > 0),
    names: oncePerPath((path) => namesOf(find(path))),
  };
}

function oncePerPath<Result extends {}>(look: (path: string) => Result): (path: string) => Result {
  const known = new Map<string, Result>();
  return (path) => {
    const result = known.get(path) ?? look(path);
    known.set(path, result);
    return result;
  };
}

function jobOf(
  { provider, tokenType, ref }: TokenRule,
  token: string,
  place: Place,
  look: Look,
): Record<string, string> {
  const name = ref === undefined ? undefined : look.names(ref)(place);
  return {
    provider,
    token,
    ...(tokenType !== undefined && { tokenType }),
    ...(name !== undefined && { ref: name }),
  };
}
