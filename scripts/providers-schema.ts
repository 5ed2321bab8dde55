import { readdir } from 'node:fs/promises';
import * as z from 'zod';
import { loadAdapter } from '../shared/providers/catalog.ts';
import { providersFile } from '../shared/providers/configuration.ts';

/** Every kind of provider there is: each has its folder. */
export async function providerKinds(): Promise<string[]> {
  const entries = await readdir(new URL('../shared/providers/', import.meta.url), {
    withFileTypes: true,
  });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** The JSON Schema of `providers.json`, each kind with its own options. */
export async function providersJsonSchema(): Promise<object> {
  const kinds = await Promise.all((await providerKinds()).map(loadAdapter));
  const conditions = kinds.map(({ kind, options, requiresBaseUrl }) => ({
    if: { properties: { kind: { const: kind } } },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
    then: {
      properties: { options: withoutDialect(z.toJSONSchema(options, { io: 'input' })) },
      ...(requiresBaseUrl && { required: ['baseUrl'] }),
    },
  }));
  const schema = z.toJSONSchema(providersFile, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema !== providersFile.shape.providers.element) return;
      Object.assign(jsonSchema, { allOf: conditions });
      Object.assign(jsonSchema.properties?.kind ?? {}, { enum: kinds.map(({ kind }) => kind) });
    },
  });
  return { title: 'Rescind providers.json', ...schema };
}

function withoutDialect({ $schema: _, ...schema }: Record<string, unknown>): object {
  return schema;
}
