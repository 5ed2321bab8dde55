import type { Job } from '../../shared/domain/job.ts';
import type { Liveness, Verdict } from '../../shared/domain/verdict.ts';
import type { HttpAnswer } from '../../shared/providers/adapter.ts';

/**
 * A provider's documented behaviour as data. `test/providers/<kind>.ts` exports one `table`;
 * `adapters.test.ts` plays every row through the real transport against a loopback server.
 */
export interface ProviderTable {
  /** Where the adapter connects without a configured `baseUrl`; undefined where it cannot know. */
  readonly defaultBaseUrl: string | undefined;
  /** What rows have in common; a row may replace any of it. */
  readonly defaults: Setting & {
    readonly secret: unknown;
    readonly job: Job;
    /** What a revocation must look like on the wire. */
    readonly revocation: WireRequest;
    /** What a look-up must look like on the wire. */
    readonly verification?: WireRequest;
  };
  readonly rows: readonly Row[];
  /**
   * Picks the answers of status 300 and above that the provider documents as "dead already":
   * the only ones that a judge may call so.
   */
  readonly documentedDead?: (answer: HttpAnswer) => boolean;
  /**
   * Picks the answers to a look-up of status 401, 403, 404, 429 or 5xx that the provider documents as
   * saying whether the token lives. From all others nothing may be concluded.
   */
  readonly documentedLookUp?: (answer: HttpAnswer) => boolean;
}

export type Row = RevocationRow | VerificationRow | IntakeRow;

/** Sends the revocation, compares what arrived, and judges the answer. */
export interface RevocationRow extends Setting, Cited {
  readonly answer: AtOrigin<CannedAnswer>;
  readonly request?: WireRequest;
  readonly verdict: Verdict;
}

/** Sends the look-up that follows an ambiguous answer, and judges what it says. */
export interface VerificationRow extends Setting, Cited {
  readonly answer: AtOrigin<CannedAnswer>;
  readonly request?: WireRequest;
  readonly liveness: Liveness;
}

/** A job turned away at intake, or one for which no look-up exists. Nothing is sent. */
export interface IntakeRow extends Setting, Cited {
  /** Matches what `checkJob` says; `accepted` when it must say nothing. */
  readonly intake: RegExp | 'accepted';
  /** Also asserts that there is no look-up for this job. */
  readonly unverifiable?: true;
}

interface Cited {
  readonly name: string;
  /** Where the provider, its SDK or its server says so: a public address. */
  readonly source: string;
}

/** The configuration under which a row is played. */
export interface Setting {
  /** `''` is the server's origin, which is also the default. */
  readonly baseUrl?: AtOrigin<string>;
  readonly options?: AtOrigin<Readonly<Record<string, unknown>>>;
  readonly secret?: unknown;
  readonly job?: Job;
  /** The job's id, for requests that depend on it. */
  readonly id?: string;
  /** Answers by path without query, e.g. a discovery document; `answer` serves all other paths. */
  readonly answers?: Readonly<Record<string, AtOrigin<CannedAnswer>>>;
}

/** A value, or how to make it of the canned server's origin (`http://127.0.0.1:…`). */
export type AtOrigin<T> = T | ((origin: string) => T);

export interface CannedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent byte for byte; default empty. */
  readonly body?: string;
}

/** What must arrive. Where bytes vary (a signature), a vitest matcher may stand for a string. */
export interface WireRequest {
  readonly method: string;
  /** Path and query, as on the request line. */
  readonly url: string;
  /** Names in lower case. `undefined` asserts absence; headers not named here are not compared. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The exact body; `''` when nothing may be sent. */
  readonly body: string;
}

/** A JSON answer, as nearly every provider gives. */
export const json = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): CannedAnswer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
