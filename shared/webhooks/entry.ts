import * as z from 'zod';
import { rule } from './rule.ts';

/** Names a source everywhere: in its URL, its secret `rescind/webhooks/<id>`, metrics. */
export const sourceId = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,39}$/,
    'must be 1-40 lower-case letters, digits or dashes, starting with a letter',
  );

/** The shape of a source of one kind. */
export const entryOf = <const Kind extends string, Options extends z.ZodType>(
  kind: Kind,
  options: Options,
) =>
  z.strictObject({
    id: sourceId,
    kind: z.literal(kind),
    options,
    rules: z.array(rule).min(1).max(100).describe('What is revoked when an event comes'),
  });

/** Seconds, in which a signed time may differ from ours. */
export const toleranceSeconds = 300;

/** Name of a header, in lower case as we get them. */
export const headerName = z
  .string()
  .regex(/^[\w-]{1,64}$/, 'must be the name of a header')
  .transform((name) => name.toLowerCase());
