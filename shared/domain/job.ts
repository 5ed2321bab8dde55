/**
 * The words of the domain. A revocation is what one caller asked for; it is cut into parts (one
 * intake call each), slices (one queue message each) and jobs (one token at one provider each).
 */

/** The two kinds of token RFC 6749 knows, spelled as RFC 7009's `token_type_hint` spells them. */
export const tokenTypes = ['access_token', 'refresh_token'] as const;
export type TokenType = (typeof tokenTypes)[number];

/** What an adapter may need besides the token, e.g. a shop's domain. Never logged. */
export type JobParameters = Readonly<Record<string, string | number | boolean>>;

/** One token at one provider, as its caller described it. Lives in memory only. */
export interface Job {
  readonly token: string;
  readonly tokenType?: TokenType | undefined;
  readonly subject?: string | undefined;
  readonly parameters?: JobParameters | undefined;
}

/** Where a job belongs. Stable over redelivery and redrive, unlike an SQS message id. */
export interface JobIdentity {
  readonly revocation: string;
  readonly part: number;
  /** Position in its part, 0-based. */
  readonly index: number;
}

/** Numbers as `jobId` writes them: `00` would be another name of the same job. */
export const jobIdPattern = /^rev_[0-9a-f]{40}\/(0|[1-9]\d{0,5})\/(0|[1-9]\d{0,5})$/;

/** @param id one that `jobIdPattern` matches */
export function parseJobId(id: string): JobIdentity {
  const [revocation = '', part, index] = id.split('/');
  return { revocation, part: Number(part), index: Number(index) };
}

/** A job's identity as one string: `rev_…/0/17`. */
export const jobId = ({ revocation, part, index }: JobIdentity): string =>
  `${revocation}/${part}/${index}`;
