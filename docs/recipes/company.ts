/**
 * Stands in for a company in the recipes: its people connect their accounts at the sandboxes, and it
 * keeps the tokens in a database, `.recipe/company.db`, as a company's own product does.
 *
 *     npx node docs/recipes/company.ts connect [--together] [--other-client] PERSON ...
 *     npx node docs/recipes/company.ts register PERSON ...
 *     npx node docs/recipes/company.ts delete PERSON
 *     npx node docs/recipes/company.ts alive
 *
 * With --together the people share one Mollie account. With --other-client their Polar tokens belong to
 * another client, as those do that were issued before an app was registered anew: Polar does not revoke
 * them for us. `register` hands their connections to Rescind, `delete` is what the company does itself
 * when an account is deleted, and `alive` asks the sandboxes which tokens still live.
 */
import { readFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { withApiKey } from '../../local/client.ts';

const usage = 'usage: company.ts connect PERSON ... | register PERSON ... | delete PERSON | alive';

const configuration = z.object({
  providers: z.array(z.object({ id: z.string(), baseUrl: z.url() })),
});
const issued = z.object({ tokens: z.tuple([z.object({ token: z.string(), pair: z.string() })]) });
const living = z.object({ alive: z.array(z.string()) });
const connections = z.array(
  z.object({
    id: z.string(),
    people: z.string().transform((text) => text.split(' ')),
    provider: z.string(),
    access_token: z.string(),
    refresh_token: z.string(),
  }),
);

async function read(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) throw new Error(`${file} is missing: what writes it is not running`);
  return text.trim();
}

/** Calls a sandbox behind the provider's back, which no endpoint of the provider can falsify. */
async function ask<T>(provider: string, path: string, body: unknown, answer: z.ZodType<T>) {
  const { providers } = configuration.parse(JSON.parse(await read('.recipe/providers.json')));
  const url = `${providers.find(({ id }) => id === provider)?.baseUrl}/sandbox/${path}`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return answer.parse(await response.json());
}

function openDatabase(): DatabaseSync {
  const database = new DatabaseSync('.recipe/company.db');
  database.exec(`
    CREATE TABLE IF NOT EXISTS connections (
      id TEXT PRIMARY KEY, people TEXT NOT NULL, provider TEXT NOT NULL,
      access_token TEXT NOT NULL, refresh_token TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS deleted (person TEXT PRIMARY KEY)`);
  return database;
}

const all = (database: DatabaseSync) =>
  connections.parse(database.prepare('SELECT * FROM connections ORDER BY id').all());

interface Choices {
  readonly together: boolean;
  readonly 'other-client': boolean;
}

async function connect(people: readonly string[], choices: Choices, database: DatabaseSync) {
  const insert = database.prepare('INSERT OR REPLACE INTO connections VALUES (?, ?, ?, ?, ?)');
  const add = async (owners: string, provider: string, foreign: boolean) => {
    const { tokens } = await ask(provider, 'tokens', { foreign }, issued);
    const [{ token, pair }] = tokens;
    insert.run(`${owners.replaceAll(' ', '-and-')}-${provider}`, owners, provider, token, pair);
    console.log(`${owners.replaceAll(' ', ' and ')} connected ${provider}`);
  };
  if (choices.together) return add(people.join(' '), 'mollie', false);
  for (const person of people) {
    for (const provider of ['polar', 'mollie', 'nylas']) {
      await add(person, provider, provider === 'polar' && choices['other-client']);
    }
  }
}

/** Does for each connection what a product does whenever it gets or refreshes tokens. */
async function register(owners: readonly string[], database: DatabaseSync) {
  const call = withApiKey(await read('.rescind/url'), await read('.rescind/api-key'));
  for (const { id, people, provider, access_token, refresh_token } of all(database)) {
    const [owner = '', ...sharedBy] = people;
    if (!owners.includes(owner)) continue;
    const answer = await call(`/v1/subjects/${owner}/grants/${id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        provider,
        accessToken: access_token,
        refreshToken: refresh_token,
        sharedBy,
      }),
    });
    console.log(`${id}: ${answer.ok ? 'registered' : await answer.text()}`);
  }
}

async function alive(database: DatabaseSync) {
  for (const { id, provider, access_token, refresh_token } of all(database)) {
    const tokens = [access_token, refresh_token];
    const { alive: left } = await ask(provider, 'alive', { tokens }, living);
    console.log(`${id.padEnd(20)} ${left.length === 0 ? 'dead' : `${left.length} tokens alive`}`);
  }
  const gone = z
    .array(z.object({ person: z.string() }))
    .parse(database.prepare('SELECT person FROM deleted ORDER BY person').all());
  for (const { person } of gone) console.log(`${person}'s account is deleted`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    together: { type: 'boolean', default: false },
    'other-client': { type: 'boolean', default: false },
  },
});
const [command, ...people] = positionals;
const [first] = people;
if (command === 'connect' && first !== undefined) await connect(people, values, openDatabase());
else if (command === 'register' && first !== undefined) await register(people, openDatabase());
else if (command === 'delete' && first !== undefined) {
  openDatabase().prepare('INSERT OR IGNORE INTO deleted VALUES (?)').run(first);
} else if (command === 'alive') await alive(openDatabase());
else throw new Error(usage);
