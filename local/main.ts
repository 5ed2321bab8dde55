/** `npm run local`: Rescind on this machine, until it is told to stop. */
import { parseArgs } from 'node:util';
import { ConfigurationFault } from '../shared/providers/faults.ts';
import { DirectoryInUse } from './data-directory.ts';
import { checkSecrets, readSecrets } from './secret-source.ts';
import { startStack } from './stack.ts';

const usage = `Usage: npm run local -- [--port N] [--data-dir DIR] [--providers FILE] [--secrets FILE]

  --port N          port of the HTTP API on 127.0.0.1; 0 takes any free one (default 4180)
  --data-dir DIR    where state is kept between runs (default .rescind)
  --providers FILE  the providers (default providers.json)
  --secrets FILE    one JSON object from provider id to secret; read anew when it changes

  RESCIND_API_KEY   the API key; else one is made and kept in the data directory
  RESCIND_LOG_LEVEL DEBUG, INFO, WARN or ERROR: what the functions print to standard error (WARN)`;

/** A mistake of the person at the keyboard: told in one line, without a stack. */
class UsageFault extends Error {}

function readArguments() {
  const { values } = (() => {
    try {
      return parseArgs({
        options: {
          port: { type: 'string', default: '4180' },
          'data-dir': { type: 'string', default: '.rescind' },
          providers: { type: 'string', default: 'providers.json' },
          secrets: { type: 'string' },
          help: { type: 'boolean', default: false },
        },
      });
    } catch (error) {
      throw new UsageFault(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    }
  })();
  const port = Number(values.port);
  if (!/^\d{1,5}$/.test(values.port) || port > 65_535) {
    throw new UsageFault('--port must be a number from 0 to 65535');
  }
  const { RESCIND_API_KEY: apiKey, RESCIND_LOG_LEVEL: logLevel } = process.env;
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new UsageFault('RESCIND_API_KEY must be printable ASCII without spaces');
  }
  return { ...values, port, apiKey, logLevel };
}

async function run(): Promise<void> {
  const { help, port, apiKey, logLevel, secrets, providers, ...rest } = readArguments();
  if (help) {
    console.log(usage);
    return;
  }
  const held = secrets === undefined ? {} : await readSecrets(secrets);
  const stack = await startStack({
    port,
    dataDirectory: rest['data-dir'],
    providersFile: providers,
    secretsFile: secrets,
    apiKey,
    logLevel,
    output: process.stderr,
  });
  const stop = () => {
    void stack.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  const key = apiKey === undefined ? `in ${stack.apiKeyFile}` : 'from RESCIND_API_KEY';
  console.log(`Rescind is ready at ${stack.url} (API key ${key})`);
  for (const problem of await checkSecrets(providers, held)) console.error(`warning: ${problem}`);
}

/** What a person can mend, as one line; anything else is a bug and keeps its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UsageFault || error instanceof ConfigurationFault) return error.message;
  if (error instanceof DirectoryInUse) return error.message;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'the port is taken; choose another with --port, or 0 for any';
  if (code === 'ENOENT' || code === 'EACCES') return error.message;
  return error.stack ?? error.message;
}

try {
  await run();
} catch (error) {
  console.error(`rescind: ${explain(error)}`);
  process.exit(1);
}
