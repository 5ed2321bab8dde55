import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openApiDocument } from '../functions/api/contract/openapi.ts';
import { providersJsonSchema } from '../scripts/providers-schema.ts';
import { webhooksJsonSchema } from '../scripts/webhooks-schema.ts';

test.each<[string, () => unknown]>([
  ['functions/api/contract/openapi.json', openApiDocument],
  ['docs/providers.schema.json', providersJsonSchema],
  ['docs/webhooks.schema.json', webhooksJsonSchema],
])('%s is what `npm run generate` makes', async (file, make) => {
  const text = await readFile(new URL(`../${file}`, import.meta.url), 'utf8');
  expect(text).toBe(`${JSON.stringify(await make(), undefined, 2)}\n`);
});
