import { tokenTypes } from '../../shared/domain/job.ts';
import type { Options } from '../arguments.ts';
import type { BulkSettings } from '../bulk/state.ts';
import { UsageFault } from '../faults.ts';
import { readMap } from '../input/columns.ts';
import { delimiters } from '../input/csv.ts';
import { fileFormats, formatOf } from '../input/source.ts';

const delimiterNames: readonly string[] = Object.keys(delimiters);

/** What a file looks like, and what is sent with it. */
export const fileOptions = {
  format: { type: 'string', choices: fileFormats, help: 'Default: by the name of FILE' },
  map: {
    type: 'string',
    multiple: true,
    value: 'FIELD=COLUMN',
    help: 'Which column has a field, e.g. token=access_token,ref=user',
  },
  columns: { type: 'string', value: 'A,B,…', help: 'Names of the columns: FILE has no header' },
  delimiter: { type: 'string', choices: delimiterNames, help: 'Default: by the header' },
  'ignore-unknown': { type: 'boolean', help: 'Leave out columns that mean nothing to Rescind' },
  provider: { type: 'string', value: 'ID', help: 'Of lines that name none' },
  'token-type': { type: 'string', choices: tokenTypes, help: 'Of lines that name none' },
  label: { type: 'string', value: 'TEXT', help: 'What this is for' },
} as const satisfies Options;

interface FileValues {
  readonly format?: string | undefined;
  readonly map?: string[] | undefined;
  readonly columns?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly 'ignore-unknown'?: boolean | undefined;
  readonly provider?: string | undefined;
  readonly 'token-type'?: string | undefined;
  readonly label?: string | undefined;
}

/** @throws UsageFault */
export function settingsOf(file: string, values: FileValues): BulkSettings {
  const { provider, label, columns } = values;
  const format = formatOf(file, values.format);
  if (format === 'ndjson' && (columns ?? values.delimiter) !== undefined) {
    throw new UsageFault('--columns and --delimiter are for CSV files.');
  }
  if (label !== undefined && (label === '' || label.length > 256)) {
    throw new UsageFault('--label must be 1 to 256 characters long.');
  }
  const delimiter = Object.entries(delimiters).find(([name]) => name === values.delimiter)?.[1];
  return {
    format,
    map: readMap(values.map ?? []),
    ignoreUnknown: values['ignore-unknown'] === true,
    ...(provider !== undefined && { provider }),
    ...(values['token-type'] !== undefined && { tokenType: values['token-type'] }),
    ...(delimiter !== undefined && { delimiter }),
    ...(columns !== undefined && { columns: columns.split(',').map((name) => name.trim()) }),
    ...(label !== undefined && { label }),
  };
}
