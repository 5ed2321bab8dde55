import { type LookupAddress, lookup as lookUp } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { version } from '../../../shared/version.ts';
import { ChannelFault } from '../channel.ts';
import { isLoopback, isPublic } from './address.ts';

export interface SendSettings {
  readonly timeoutMs: number;
  /** Whether it may be this machine; nothing else is then reached. The embedded stack's own. */
  readonly loopback: boolean;
  /** Every address of a name; the system's resolver, unless told. */
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>;
}

/** Posts a body. @returns the status of the answer, whose body is not read */
export type Post = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
) => Promise<number>;

const resolveBySystem = (hostname: string): Promise<readonly LookupAddress[]> =>
  new Promise((resolve, reject) =>
    lookUp(hostname, { all: true }, (error, addresses) =>
      error === null ? resolve(addresses) : reject(error),
    ),
  );

/**
 * A sender that cannot be led to our own network. The connection goes to just those addresses of the
 * name that were looked at, all of which must be public; redirects are answers, never followed.
 *
 * @returns a function that throws ChannelFault when there is no answer
 */
export function createPost({ timeoutMs, loopback, resolve = resolveBySystem }: SendSettings): Post {
  const mayReach = loopback ? isLoopback : isPublic;
  const refused = () =>
    new ChannelFault('the endpoint’s address is not a public one: nothing was sent there');

  const lookup: LookupFunction = (hostname, { all }, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined || !addresses.every(({ address }) => mayReach(address))) {
          callback(refused(), '');
        } else if (all) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error) => callback(error, ''),
    );
  };

  return async (url, headers, body) => {
    const { protocol, hostname } = new URL(url);
    // A literal address is not looked up.
    const literal = hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(literal) !== 0 && !mayReach(literal)) throw refused();
    return new Promise((answer, reject) => {
      const call = (protocol === 'https:' ? requestHttps : requestHttp)(url, {
        method: 'POST',
        agent: false,
        lookup,
        headers: {
          'user-agent': `rescind/${version}`,
          'content-type': 'application/json',
          ...headers,
          'content-length': Buffer.byteLength(body),
        },
      });
      const timer = setTimeout(
        () => call.destroy(new ChannelFault(`no answer within ${timeoutMs} ms`)),
        timeoutMs,
      );
      const fail = (error: unknown) => {
        clearTimeout(timer);
        reject(
          error instanceof ChannelFault ? error : new ChannelFault(`no answer${named(error)}`),
        );
      };
      call.on('error', fail);
      call.on('close', () => fail(undefined));
      call.on('response', (response) => {
        clearTimeout(timer);
        answer(response.statusCode ?? 0);
        response.destroy();
      });
      call.end(body);
    });
  };
}

/** The error's code, such as ECONNREFUSED: its message names addresses. */
const named = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? `: ${error.code}`
    : '';
