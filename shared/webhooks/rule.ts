import * as z from 'zod';
import { tokenTypes } from '../domain/job.ts';
import { providerId } from '../providers/configuration.ts';
import { jsonPath } from './json-path.ts';

const common = {
  event: z
    .string()
    .min(1)
    .max(200)
    .regex(/^(?:[^*]*\*?){1,4}$/, 'must have at most four *')
    .default('*')
    .describe('Type of the events it is for; * stands for any text'),
  where: jsonPath
    .optional()
    .describe('The rule is only for events in which this path finds something'),
};

const tokenRule = z.strictObject({
  ...common,
  revoke: z.literal('token'),
  provider: providerId.describe('Id of a provider from providers.json'),
  token: jsonPath.describe('Where the token is; it may find several'),
  tokenType: z.enum(tokenTypes).optional(),
  ref: jsonPath.optional().describe('What to call the job; never the token'),
});

const subjectRule = z.strictObject({
  ...common,
  revoke: z.literal('subject'),
  subject: jsonPath.describe('Where the person is, as the grants were registered under'),
  lowercase: z
    .boolean()
    .default(false)
    .describe('Whether the grants were registered in lower case'),
});

/** What is to be revoked when an event comes. */
export const rule = z.discriminatedUnion('revoke', [tokenRule, subjectRule]);
export type Rule = z.infer<typeof rule>;

/** Whether a rule's pattern covers a type. */
export function covers(pattern: string, type: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  const end = rest.pop();
  if (end === undefined) return type === pattern;
  if (!type.startsWith(start)) return false;
  let at = start.length;
  for (const part of rest) {
    const found = type.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return type.length - end.length >= at && type.endsWith(end);
}
