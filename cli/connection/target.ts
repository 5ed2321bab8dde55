import { readFile } from 'node:fs/promises';
import { CliFault, UsageFault } from '../faults.ts';
import { isListening } from './listening.ts';

/** What shows the API who is calling. */
export type Credentials =
  | { readonly kind: 'bearer'; readonly token: string }
  /** Of the ordinary AWS credential chain. */
  | { readonly kind: 'aws'; readonly region: string };

/** Where the API is, and how to be let in. */
export interface Target {
  /** Without a trailing slash, and without /v1. */
  readonly url: string;
  readonly credentials: Credentials;
}

/** What the command line says about it. */
export interface TargetOptions {
  readonly url?: string | undefined;
  readonly 'api-key-file'?: string | undefined;
  readonly region?: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Where `npm run local` keeps its key, and says where it listens for as long as it does. */
const localKeyFile = '.rescind/api-key';
const localUrlFile = '.rescind/url';

/**
 * Finds the API: `--url`, `RESCIND_URL`, or the embedded stack of this folder. And its credentials:
 * `--api-key-file`, `RESCIND_API_KEY`, `RESCIND_TOKEN`, at loopback the embedded stack's own key, else
 * AWS.
 *
 * @throws UsageFault saying what to give; CliFault when the embedded stack has stopped
 */
export async function findTarget(options: TargetOptions, env: Env): Promise<Target> {
  const localKey = await readText(localKeyFile);
  const given = options.url ?? (env.RESCIND_URL || undefined);
  const url = given === undefined ? await embeddedUrl(localKey) : checkUrl(given);
  const token = await bearerOf(options, env, isLoopback(url) ? localKey : undefined);
  return {
    url: `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '')}`,
    credentials:
      token === undefined
        ? { kind: 'aws', region: regionOf(url, options, env) }
        : { kind: 'bearer', token },
  };
}

/** Where the embedded stack of this folder listens. Nobody is kept waiting for one that has stopped. */
async function embeddedUrl(localKey: string | undefined): Promise<URL> {
  const text = await readText(localUrlFile);
  if (text === undefined && localKey === undefined) {
    throw new UsageFault(
      'Say where Rescind is: --url URL or RESCIND_URL. On AWS it is the output ApiUrl of the stack.',
    );
  }
  const url = text === undefined ? undefined : checkUrl(text);
  if (url !== undefined && isLoopback(url) && (await isListening(url))) return url;
  throw new CliFault(
    'The embedded stack of this folder is not running. Start it with `npm run local`, or say with --url or RESCIND_URL where else Rescind is.',
  );
}

/** Credentials of a URL and whatever else it holds are not quoted. */
function checkUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new UsageFault(
      'The URL of Rescind must be like https://api.example.com, without a query.',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageFault('The URL of Rescind must hold no credentials; use --api-key-file.');
  }
  if (url.protocol === 'http:' && !isLoopback(url)) {
    throw new UsageFault('Tokens go over http: to this machine only. Use https.');
  }
  return url;
}

const isLoopback = ({ hostname }: URL): boolean =>
  /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

async function bearerOf(
  options: TargetOptions,
  env: Env,
  localKey: string | undefined,
): Promise<string | undefined> {
  const file = options['api-key-file'];
  const fromFile = file === undefined ? undefined : await readText(file);
  if (file !== undefined && fromFile === undefined) {
    throw new UsageFault('The file that --api-key-file names cannot be read, or is empty.');
  }
  const token = fromFile ?? (env.RESCIND_API_KEY || env.RESCIND_TOKEN || localKey);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageFault('The API key or bearer token must be printable ASCII without spaces.');
  }
  return token;
}

async function readText(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trim() || undefined;
}

function regionOf({ hostname }: URL, options: TargetOptions, env: Env): string {
  const named = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/.exec(hostname)?.[1];
  const region = options.region ?? named ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  if (region === undefined || region === '') {
    throw new UsageFault(
      'No API key is set, so the call would be signed for AWS, in a region that is not known. Set RESCIND_API_KEY, or give --region.',
    );
  }
  return region;
}
