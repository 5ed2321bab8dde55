import { spawnSync } from 'node:child_process';

/**
 * The JSON lines that a script prints, run in a process of its own with next to no environment:
 * Lambda reads a function's standard output.
 *
 * @param script TypeScript; it imports by absolute path
 */
export function printed(
  script: string,
  env: Readonly<Record<string, string>> = {},
): Record<string, unknown>[] {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--input-type=module-typescript', '--eval', script],
    { encoding: 'utf8', env },
  );
  if (status !== 0) throw new Error(`the script failed: ${stderr}`);
  return `${stdout}${stderr}`
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): Record<string, unknown> => JSON.parse(line));
}
