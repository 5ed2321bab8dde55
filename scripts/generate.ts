/** Writes the files that are made from schemas and lock files, to have them ready and looked at. */
import { writeFile } from 'node:fs/promises';
import { openApiDocument } from '../functions/api/contract/openapi.ts';
import { licencesPage } from './licences.ts';
import { providersJsonSchema } from './providers-schema.ts';
import { webhooksJsonSchema } from './webhooks-schema.ts';

const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

const generated = {
  'functions/api/contract/openapi.json': json(openApiDocument()),
  'docs/providers.schema.json': json(await providersJsonSchema()),
  'docs/webhooks.schema.json': json(webhooksJsonSchema()),
  'docs/licences.md': await licencesPage(),
};

for (const [file, content] of Object.entries(generated)) {
  await writeFile(new URL(`../${file}`, import.meta.url), content);
  console.log(`wrote ${file}`);
}
