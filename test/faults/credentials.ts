import type { RelayedRequest } from './relay.ts';

/**
 * Lets a sandbox's one secret be rotated: what its relay takes is the real secret and the current
 * generation's ending, which it cuts off. Any other ending reaches the sandbox, which refuses it in
 * its own words.
 */

/** The field of a provider's secret that is rotated. */
const rotated = ['apiKey', 'clientSecret'] as const;

const ending = (generation: number): string => `Gen${generation}`;

export const secretOf = (
  real: Readonly<Record<string, string>>,
  generation: number,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(real).map(([name, value]) => [
      name,
      rotated.some((field) => field === name) ? value + ending(generation) : value,
    ]),
  );

/** The request as the sandbox would have got it before there were generations. */
export function withRealSecret(
  { headers, body }: RelayedRequest,
  generation: number,
): Pick<RelayedRequest, 'headers' | 'body'> {
  const mark = ending(generation);
  const cut = (text: string) => (text.endsWith(mark) ? text.slice(0, -mark.length) : text);
  const { authorization } = headers;
  const [scheme = '', credential = ''] = authorization?.split(' ') ?? [];
  const real =
    scheme.toLowerCase() === 'basic'
      ? Buffer.from(cut(Buffer.from(credential, 'base64').toString())).toString('base64')
      : cut(credential);
  const form = new URLSearchParams(body.toString());
  const posted = form.get('client_secret');
  if (posted !== null) form.set('client_secret', cut(posted));
  return {
    headers:
      authorization === undefined ? headers : { ...headers, authorization: `${scheme} ${real}` },
    body: posted === null ? body : Buffer.from(form.toString()),
  };
}
