/** `npm run local`: Rescind on this machine, until it is told to stop. */
import { parseArgs } from 'node:util';
import { loadCatalog } from '../shared/providers/catalog.ts';
import { ConfigurationFault } from '../shared/providers/faults.ts';
import { createTransport } from '../shared/providers/transport.ts';
import { loadSources } from '../shared/webhooks/sources.ts';
import { ApiKeysFault } from './api-keys.ts';
import type { CompletionOptions } from './completion.ts';
import { DirectoryInUse } from './data-directory.ts';
import { checkSecrets, readSecrets } from './secret-source.ts';
import { startStack } from './stack.ts';

const usage = `Usage: npm run local -- [--port N] [--data-dir DIR] [--providers FILE] [--secrets FILE]
                            [--webhooks FILE] [--api-keys FILE] [--ownership] [--rate-limit N] [--burst-limit N]
                            [--completion-webhook URL] [--completion-event-bus NAME]

  --port N          port of the HTTP API on 127.0.0.1; 0 takes any free one (default 4180)
  --data-dir DIR    where state is kept between runs (default .rescind)
  --providers FILE  the providers (default providers.json)
  --secrets FILE    one JSON object from provider id to secret; read anew when it changes
  --webhooks FILE   the sources of webhooks, whose secrets are called webhooks/ID in the file above
  --api-keys FILE   further API keys: one JSON object from a name to {"key": …, "scopes": […]}, the scopes
                    being some of submit, read and operate
  --ownership       a key without operate sees only the revocations that it has asked for
  --rate-limit N    requests a second that are let in; beyond them the answer is 429 (default 1000)
  --burst-limit N   requests at once (default 2000)
  --completion-webhook URL    endpoint on this machine that is told of completions; they are signed with the
                    secret completion/webhook in the file of secrets
  --completion-event-bus NAME bus of the EventBridge at AWS_ENDPOINT_URL_EVENTBRIDGE that is told of them.
                    Task tokens are taken where AWS_ENDPOINT_URL_SFN says where Step Functions is

  RESCIND_API_KEY   the API key; else one is made and kept in the data directory
  RESCIND_PORT      the port, unless --port says it
  RESCIND_LOG_LEVEL DEBUG, INFO, WARN or ERROR: what the functions print to standard error (WARN)`;

/** A mistake of the person at the keyboard: told in one line, without a stack. */
class UsageFault extends Error {}

function readArguments() {
  const { values, positionals } = (() => {
    try {
      return parseArgs({
        allowPositionals: true,
        options: {
          port: { type: 'string', default: process.env.RESCIND_PORT || '4180' },
          'data-dir': { type: 'string', default: '.rescind' },
          providers: { type: 'string', default: 'providers.json' },
          secrets: { type: 'string' },
          'api-keys': { type: 'string' },
          webhooks: { type: 'string' },
          ownership: { type: 'boolean', default: false },
          'rate-limit': { type: 'string', default: '1000' },
          'burst-limit': { type: 'string', default: '2000' },
          'completion-webhook': { type: 'string' },
          'completion-event-bus': { type: 'string' },
          help: { type: 'boolean', default: false },
        },
      });
    } catch (error) {
      throw new UsageFault(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    }
  })();
  // Not quoted: it may be a secret.
  if (positionals.length > 0) throw new UsageFault(usage);
  const port = Number(values.port);
  if (!/^\d{1,5}$/.test(values.port) || port > 65_535) {
    throw new UsageFault('--port, or RESCIND_PORT, must be a number from 0 to 65535');
  }
  const throttle = {
    rateLimit: limitOf('--rate-limit', values['rate-limit']),
    burstLimit: limitOf('--burst-limit', values['burst-limit']),
  };
  const { RESCIND_API_KEY: apiKey, RESCIND_LOG_LEVEL: logLevel } = process.env;
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new UsageFault('RESCIND_API_KEY must be printable ASCII without spaces');
  }
  return { ...values, port, throttle, apiKey, logLevel, completion: completionOf(values) };
}

/** @returns undefined where nobody is to be told */
function completionOf({
  'completion-webhook': webhook,
  'completion-event-bus': eventBus,
}: {
  readonly 'completion-webhook'?: string | undefined;
  readonly 'completion-event-bus'?: string | undefined;
}): CompletionOptions | undefined {
  const { AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridgeUrl, AWS_ENDPOINT_URL_SFN: stepFunctionsUrl } =
    process.env;
  if (webhook !== undefined && !URL.canParse(webhook)) {
    throw new UsageFault('--completion-webhook must be a URL');
  }
  if (eventBus !== undefined && eventBridgeUrl === undefined) {
    throw new UsageFault('--completion-event-bus takes AWS_ENDPOINT_URL_EVENTBRIDGE as well');
  }
  const isAnybody = [webhook, eventBus, stepFunctionsUrl].some((each) => each !== undefined);
  return isAnybody ? { webhook, eventBus, eventBridgeUrl, stepFunctionsUrl } : undefined;
}

function limitOf(option: string, value: string): number {
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
  throw new UsageFault(`${option} must be a whole number of requests from 1 to 999999`);
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
    webhooksFile: rest.webhooks,
    apiKeysFile: rest['api-keys'],
    ownership: rest.ownership,
    throttle: rest.throttle,
    completion: rest.completion,
    logLevel,
    output: process.stderr,
  });
  const stop = () => {
    void stack.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  const key = apiKey === undefined ? `in ${stack.apiKeyFile}` : 'from RESCIND_API_KEY';
  console.log(`Rescind is ready at ${stack.url} (API key ${key})`);
  const sources =
    rest.webhooks === undefined
      ? undefined
      : await loadSources(rest.webhooks, await loadCatalog(providers), createTransport(1000));
  for (const problem of await checkSecrets(providers, held, sources)) {
    console.error(`warning: ${problem}`);
  }
}

/** What a person can mend, as one line; anything else is a bug and keeps its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UsageFault || error instanceof ConfigurationFault) return error.message;
  if (error instanceof DirectoryInUse || error instanceof ApiKeysFault) return error.message;
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
