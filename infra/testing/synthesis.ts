import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import * as z from 'zod';
import cdk from '../../cdk.json' with { type: 'json' };
import { type Catalog, loadCatalog } from '../../shared/providers/catalog.ts';
import { loadSources, type Sources } from '../../shared/webhooks/sources.ts';
import { readSettings, type Settings } from '../context.ts';
import { RescindStack } from '../stack.ts';
import { type Resource, resolve } from './intrinsics.ts';

/** The stack as CloudFormation would get it, in plain values. */
export interface Synthesis {
  readonly stack: RescindStack;
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly all: (type: string) => readonly Resource[];
  /** The one resource of a type that has this property, or that is alone of its type. */
  readonly one: (type: string, property?: string, value?: unknown) => Resource;
}

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
      DeletionPolicy: z.string().optional(),
    }),
  ),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown() })),
});

const providers = fileURLToPath(new URL('providers.json', import.meta.url));

/** Context of a stage with sources of webhooks. */
export const withWebhooks = {
  webhooks: fileURLToPath(new URL('webhooks.json', import.meta.url)),
};

/**
 * The stack of an app with this context, without bundles.
 *
 * @param catalog the providers; else they are those beside this file
 */
export async function buildStack(
  context: Record<string, unknown> = {},
  catalog?: Catalog,
): Promise<{ app: App; stack: RescindStack }> {
  const app = new App({
    context: { ...cdk.context, providers, ...context },
    // It takes most of the time, and app.test.ts runs the app with it.
    builtinCloudFormationValidation: false,
  });
  const settings = readSettings((name) => app.node.tryGetContext(name));
  const code = Code.fromInline('// not run');
  const providersOf = catalog ?? (await loadCatalog(settings.providersFile));
  const stack = new RescindStack(app, settings.prefix, {
    settings,
    catalog: providersOf,
    sources: await sourcesOf(settings, providersOf),
    code: {
      api: code,
      webhook: code,
      worker: code,
      'dead-letter': code,
      'sealing-keys': code,
      sweep: code,
      completion: code,
      report: code,
    },
  });
  return { app, stack };
}

const sourcesOf = async ({ webhooksFile }: Settings, catalog: Catalog): Promise<Sources> =>
  webhooksFile === undefined
    ? new Map()
    : loadSources(webhooksFile, catalog, () => Promise.reject(new Error('not at synthesis')));

/** Synthesises the stack of `buildStack`. */
export async function synthesise(
  context: Record<string, unknown> = {},
  catalog?: Catalog,
): Promise<Synthesis> {
  const { app, stack } = await buildStack(context, catalog);
  const { Resources, Outputs } = template.parse(Template.fromStack(stack).toJSON());
  await rm(app.outdir, { recursive: true });
  const plain = (value: unknown) => resolve(value, Resources);
  const resources = Object.entries(Resources).map(([id, resource]) => ({
    id,
    type: resource.Type,
    properties: z.record(z.string(), z.unknown()).parse(plain(resource.Properties)),
    deletionPolicy: resource.DeletionPolicy,
  }));
  const all = (type: string) => resources.filter((each) => each.type === type);
  return {
    stack,
    resources,
    all,
    outputs: Object.fromEntries(
      Object.entries(Outputs).map(([name, { Value }]) => [name, z.string().parse(plain(Value))]),
    ),
    one: (type, property, value) => {
      const [found, ...others] = all(type).filter(
        ({ properties }) => property === undefined || properties[property] === value,
      );
      if (found === undefined || others.length > 0) {
        throw new Error(`expected one ${type} ${property ?? ''}, found ${all(type).length}`);
      }
      return found;
    },
  };
}
