import type * as z from 'zod';
import { problem } from '../../functions/api/contract/answers.ts';
import { CliFault } from '../faults.ts';
import { printable } from '../output/text.ts';

export type Problem = z.infer<typeof problem>;
export type FieldError = NonNullable<Problem['errors']>[number];

/** An answer that is not the one that was asked for. */
export class ApiFault extends CliFault {
  override readonly name = 'ApiFault';
  readonly status: number;
  readonly errors: readonly FieldError[];

  constructor(status: number, message: string, errors: readonly FieldError[] = []) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

/** What gateways answer by themselves, without a problem. Their texts are not shown: they may quote. */
const hints: Readonly<Record<number, string>> = {
  301: 'It is not the API that answers at this URL; check --url.',
  401: 'The credentials were refused. Check RESCIND_API_KEY or RESCIND_TOKEN.',
  403: 'The credentials do not permit this call. Check who you are, and the stage in --url.',
  404: 'There is no such path. Check --url: a stage may be missing in it.',
  413: 'The request is too large.',
  429: 'Too many requests.',
};

/** @param body as it came; shown only where it is a problem as the API writes them */
export function faultOf(status: number, body: string): ApiFault {
  const parsed = problem.safeParse(jsonOf(body));
  if (!parsed.success) {
    const hint = hints[status] ?? 'It may not be the API that answers at this URL; check --url.';
    return new ApiFault(status, `The API answered HTTP ${status}. ${hint}`);
  }
  const { title, detail, errors = [] } = parsed.data;
  const listed = errors
    .slice(0, shownErrors)
    .map((error) => `\n  ${printable(`${error.pointer}: ${error.detail}`)}`);
  const rest = errors.length > shownErrors ? `\n  and ${errors.length - shownErrors} more` : '';
  const message = `${printable(`${title}: ${detail}`)}${listed.join('')}${rest}`;
  return new ApiFault(status, message, errors);
}

const shownErrors = 20;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
