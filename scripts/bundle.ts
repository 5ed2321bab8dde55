import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The Lambda functions, each a folder of `functions/` with a `handler.ts`. */
export const functionNames = [
  'api',
  'webhook',
  'worker',
  'dead-letter',
  'sealing-keys',
  'sweep',
  'completion',
  'report',
] as const;
export type FunctionName = (typeof functionNames)[number];

/**
 * Ways to find AWS credentials that the SDK imports on demand, when the environment holds none.
 * Lambda's always does, so they would only make the worker 130 KiB larger.
 */
const unusedCredentialProviders = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@aws-sdk/nested-clients',
  '@smithy/credential-provider-imds',
];

/** Puts the API's contract beside its module, which then need not be parsed with it at each start. */
const contractAside: Plugin = {
  name: 'contract-aside',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/openapi\.json$/ }, async ({ path }) => ({
      contents: JSON.stringify(JSON.parse(await readFile(path, 'utf8'))),
      loader: 'copy',
    }));
  },
};

/** A bundle: one folder, ready to be a Lambda asset or a thread of the embedded stack. */
export interface Bundle {
  readonly directory: string;
  /** The module that exports `handler`. */
  readonly entry: string;
  /** Size of the module, minified. */
  readonly bytes: number;
  /** Files that have gone into it, from the project's root. */
  readonly sources: readonly string[];
}

/**
 * Bundles the functions, SDK included: what is measured and tested is what runs.
 *
 * @param outputDirectory gets one folder a function
 */
export async function bundleFunctions(
  outputDirectory = join(root, 'dist/functions'),
): Promise<Record<FunctionName, Bundle>> {
  await rm(outputDirectory, { recursive: true, force: true });
  await mkdir(outputDirectory, { recursive: true });
  const entries = functionNames.map((name) => [
    join(name, 'index'),
    join(root, 'functions', name, 'handler.ts'),
  ]);
  // In one go: what the functions share is read and parsed once.
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(entries),
    outdir: outputDirectory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    external: unusedCredentialProviders,
    plugins: [contractAside],
    assetNames: 'api/[name]',
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    banner: {
      js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
    },
  });
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([file, output]) => [resolve(root, file), output]),
  );
  const bundles = functionNames.map((name): [FunctionName, Bundle] => {
    const directory = join(outputDirectory, name);
    const entry = join(directory, 'index.mjs');
    const { bytes = 0, inputs = {} } = outputs.get(resolve(entry)) ?? {};
    return [name, { directory, entry, bytes, sources: Object.keys(inputs) }];
  });
  return Object.fromEntries(bundles) as Record<FunctionName, Bundle>;
}
