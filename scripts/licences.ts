/** Lists the licence of every package that the project depends on: docs/licences.md. */
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { bundleFunctions } from './bundle.ts';

const root = new URL('..', import.meta.url);

/** A package as package-lock.json has it. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly licence: string;
  /** Whether code of it is in a function's bundle. */
  readonly shipped: boolean;
}

const lockfile = z.object({
  packages: z.record(z.string(), z.object({ version: z.string(), license: z.string().optional() })),
});

/** Licences under which code may be shipped in a bundle: they ask for no more than to be named. */
const shippable = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
]);

/**
 * The packages of the lock file, which are the same on every platform.
 *
 * @throws Error naming the packages that have no licence, or one under which they may not be shipped
 */
export async function dependencies(): Promise<Dependency[]> {
  const { packages } = lockfile.parse(
    JSON.parse(await readFile(new URL('package-lock.json', root), 'utf8')),
  );
  const bundled = await bundledPackages();
  const all = Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, { version, license }]): Dependency => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const licence = license ?? 'none';
      return { name, version, licence, shipped: bundled.has(path) };
    });
  const refused = refusals(all);
  if (refused.length > 0) {
    throw new Error(`these may not be depended on: ${refused.join('; ')}`);
  }
  return all;
}

/** What is wrong with the licences, one line a package. */
export const refusals = (all: readonly Dependency[]): string[] =>
  all
    .filter(({ licence, shipped }) => licence === 'none' || (shipped && !shippable.has(licence)))
    .map(({ name, version, licence, shipped }) =>
      shipped
        ? `${name} ${version} is in a bundle under ${licence}`
        : `${name} ${version} names no licence`,
    );

/** Paths in package-lock.json of what esbuild has put into the functions. */
async function bundledPackages(): Promise<Set<string>> {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'rescind-licences-'));
  const bundles = await bundleFunctions(directory.path);
  const files = Object.values(bundles).flatMap(({ sources }) => sources);
  return new Set(files.flatMap((file) => packageOf(file) ?? []));
}

/** @returns undefined for a file of our own */
export const packageOf = (file: string): string | undefined =>
  /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];

/** docs/licences.md */
export async function licencesPage(): Promise<string> {
  const all = await dependencies();
  const rows = (shipped: boolean) =>
    [...new Set(all.filter((each) => each.shipped === shipped).map(row))].toSorted();
  const shipped = rows(true);
  const others = rows(false);
  return `# Licences of what Rescind depends on

Made by \`npm run generate\` from package-lock.json and the bundles; a test holds it up to date. Rescind
itself is [MIT](../LICENSE).

## In the functions

Code of these ${shipped.length} is bundled and runs in Lambda. \`npm run generate\` fails on any that is
under another licence than ${[...shippable].join(', ')}.

${table(shipped)}

## Only for development

These ${others.length} build, test, deploy and emulate; nothing of them is in a function.

${table(others)}
`;
}

const row = ({ name, version, licence }: Dependency): string =>
  `| ${name} | ${version} | ${licence} |`;

const table = (rows: readonly string[]): string =>
  ['| package | version | licence |', '| --- | --- | --- |', ...rows].join('\n');
