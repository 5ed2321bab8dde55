import type { IncomingMessage } from 'node:http';
import { Problem } from '../shared/http/problem.ts';
import { type ApiKey, findKey } from './api-keys.ts';
import { isLoopbackHost } from './guard.ts';
import { targetOf } from './http-event.ts';
import { createThrottle, type ThrottleSettings } from './throttle.ts';

/** What sources of webhooks call begins with this. */
export const webhookPath = '/v1/webhooks/';

export interface AdmissionSettings {
  readonly keys: readonly ApiKey[];
  /** Without it, callers with a key are not throttled. */
  readonly throttle?: ThrottleSettings | undefined;
}

/**
 * Decides who comes in: by the Host header, which is how a web page that rebinds its own name to
 * 127.0.0.1 gives itself away; by the API key; and by how many came before. Those without a key do
 * not count, or anybody could keep the others out.
 *
 * @returns what tells the key that a request came with, undefined where it needs none
 */
export function createAdmission({ keys, throttle }: AdmissionSettings) {
  const wait = throttle === undefined ? () => 0 : createThrottle(throttle);
  /** @throws Problem of whatever keeps the request out */
  return (request: IncomingMessage): ApiKey | undefined => {
    checkHost(request);
    if (needsNoKey(request)) return undefined;
    const given = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const key = findKey(given, keys);
    if (key === undefined) {
      throw new Problem('unauthenticated', 'Send Authorization: Bearer <API key>.', {
        headers: { 'www-authenticate': 'Bearer' },
      });
    }
    const seconds = wait();
    if (seconds > 0) {
      throw new Problem(
        'too-many-requests',
        'Requests come faster than --rate-limit and --burst-limit allow. Repeat this one later.',
        { headers: { 'retry-after': String(seconds) } },
      );
    }
    return key;
  };
}

/** Health is for anybody. Who sends webhooks signs them. */
function needsNoKey(request: IncomingMessage): boolean {
  const { pathname } = targetOf(request);
  return (
    (request.method === 'GET' && pathname === '/v1/health') || pathname.startsWith(webhookPath)
  );
}

/** RFC 9112, section 3.2: one Host header, and a target that names its server goes before it. */
function checkHost(request: IncomingMessage): void {
  const hosts = request.rawHeaders.filter((name, at) => at % 2 === 0 && /^host$/i.test(name));
  if (hosts.length > 1) throw new Problem('bad-request', 'Send one Host header.');
  const target = request.url?.startsWith('/') === false ? targetOf(request) : undefined;
  const isOurs =
    isLoopbackHost(request.headers.host) &&
    (target === undefined || (target.protocol === 'http:' && isLoopbackHost(target.host)));
  if (isOurs) return;
  throw new Problem('misdirected-request', 'Call this server as 127.0.0.1 or localhost.');
}
