import { UsageFault } from '../faults.ts';

/** Values of `--param`. @throws UsageFault that quotes none */
export function parametersOf(
  given: readonly string[] | undefined,
): Readonly<Record<string, string>> | undefined {
  if (given === undefined) return undefined;
  const entries = given.map((text): [string, string] => {
    const at = text.indexOf('=');
    if (at < 1) throw new UsageFault('--param takes NAME=VALUE.');
    return [text.slice(0, at), text.slice(at + 1)];
  });
  return Object.fromEntries(entries);
}
