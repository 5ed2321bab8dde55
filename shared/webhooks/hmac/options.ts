import * as z from 'zod';
import { headerName, toleranceSeconds } from '../entry.ts';
import { jsonPath } from '../json-path.ts';

/** Where in a header something is: `t=1,v1=ab` is split by `,` and has `v1=` before the signature. */
const place = {
  header: headerName,
  separator: z.string().min(1).max(4).optional().describe('What the header is split by'),
  prefix: z.string().min(1).max(32).optional().describe('What stands before it'),
};

const placeholder = /\{(body|timestamp|id)\}/g;

const signedContent = z
  .string()
  .max(200)
  .refine(
    (text) => count(text, '{body}') === 1 && text.endsWith('{body}'),
    'must end with {body} and have it once',
  )
  .refine(
    (text) => count(text, '{timestamp}') <= 1 && count(text, '{id}') <= 1,
    'must have {timestamp} and {id} once at most',
  )
  // Else one byte could be moved from one into the other, and the signature be right all the same.
  .refine((text) => !text.includes('}{'), 'must have something between placeholders')
  .refine((text) => !/[{}]/.test(text.replaceAll(placeholder, '')), 'has an unknown placeholder');

const count = (text: string, part: string): number => text.split(part).length - 1;

/** How one sender signs with HMAC. */
export const hmacOptions = z
  .strictObject({
    signature: z.strictObject({
      ...place,
      algorithm: z.enum(['sha256', 'sha384', 'sha512']).default('sha256'),
      encoding: z.enum(['hex', 'base64', 'base64url']).default('hex'),
    }),
    signed: signedContent.default('{body}').describe('What the signature is over'),
    timestamp: z
      .strictObject({
        ...place,
        toleranceSeconds: z.int().min(1).max(3600).default(toleranceSeconds),
      })
      .optional()
      .describe('Where the time of signing is, in epoch seconds'),
    id: z
      .union([z.strictObject(place), z.strictObject({ path: jsonPath })])
      .optional()
      .describe('Where the event has its id, if it has one'),
    type: jsonPath.default('$.type').describe('Where an event names its type'),
  })
  .superRefine(({ signed, timestamp, id }, { addIssue }) => {
    const header = id !== undefined && 'header' in id;
    const mismatch = (name: string) =>
      addIssue({
        code: 'custom',
        path: ['signed'],
        message: `must have {${name}} where ${name} is in a header, and only there: what is not signed proves nothing`,
      });
    if (signed.includes('{timestamp}') !== (timestamp !== undefined)) mismatch('timestamp');
    if (signed.includes('{id}') !== header) mismatch('id');
  });

export type HmacOptions = z.infer<typeof hmacOptions>;
export type Place = Readonly<{
  header: string;
  separator?: string | undefined;
  prefix?: string | undefined;
}>;
