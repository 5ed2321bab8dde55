/** Writes the files that are made from schemas, so that editors and bundles have them ready. */
import { writeFile } from 'node:fs/promises';
import { openApiDocument } from '../functions/api/contract/openapi.ts';
import { providersJsonSchema } from './providers-schema.ts';

const generated = {
  'functions/api/contract/openapi.json': openApiDocument(),
  'docs/providers.schema.json': await providersJsonSchema(),
};

for (const [file, content] of Object.entries(generated)) {
  await writeFile(
    new URL(`../${file}`, import.meta.url),
    `${JSON.stringify(content, undefined, 2)}\n`,
  );
  console.log(`wrote ${file}`);
}
