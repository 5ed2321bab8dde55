import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that is gone afterwards. */
export interface Folder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file, and gives its path. */
  readonly write: (name: string, content: string | Uint8Array) => Promise<string>;
}

export async function makeFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'rescind-cli-'));
  return {
    path,
    write: async (name, content) => {
      const file = join(path, name);
      await writeFile(file, content);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** A CSV file of as many Polar tokens, all different. */
export const polarCsv = (count: number): string =>
  `provider,token,tokenType,ref\n${Array.from(
    { length: count },
    (_, n) => `polar,${tokenAt(n)},access_token,user-${n}\n`,
  ).join('')}`;

export const tokenAt = (n: number): string => `polar_at_u_${String(n).padStart(9, '0')}canary`;
