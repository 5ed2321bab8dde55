import * as z from 'zod';
import { statement } from './statement.ts';

/** One row as every format shows it: its cells, and the chain's hash after it. */
export const reportRow = z
  .object({
    cells: z.array(z.string()).meta({ description: 'One text a column; empty: nothing to say' }),
    hash: z.string().meta({ description: 'Of the row and all before it' }),
  })
  .meta({ id: 'ReportRow' });

/** A page of a report in JSON. The command's whole document has the same members, and no cursor. */
export const reportPage = z
  .object({
    statement: statement.meta({ description: 'What `jws` signs, to be read' }),
    rows: z.array(reportRow),
    jws: z.string().meta({ description: 'The statement, signed: compact JWS (RFC 7515), EdDSA' }),
    cursor: z.string().optional().meta({ description: 'Continues the report; absent at its end' }),
  })
  .meta({ id: 'ReportPage' });

export type ReportRow = z.infer<typeof reportRow>;
export type ReportPage = z.infer<typeof reportPage>;

/** Shows a page in another format. */
export type RenderPage = (page: ReportPage) => string;
