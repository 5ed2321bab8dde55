import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** What a request is for, so that a fault can be aimed at it. */
export type Purpose = 'revoke' | 'verify' | 'other';

/** A request as a provider's endpoint sees it. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** For a server that reads the request itself. */
  readonly request: IncomingMessage;
  /** Reads the body; at most 1 MiB. */
  readonly text: () => Promise<string>;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Set where the answer says that the caller's credentials are wrong; for the statistics. */
  readonly unauthorized?: boolean;
}

export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

const mebibyte = 1024 * 1024;

export function createCall(request: IncomingMessage): Call {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  return {
    method: request.method ?? 'GET',
    path: mark === -1 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark === -1 ? '' : target.slice(mark + 1)),
    headers: request.headers,
    request,
    text: () => readText(request, mebibyte),
  };
}

/** @throws BodyTooLarge */
export async function readText(request: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.byteLength;
    if (bytes > limit) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The media type of the body, without parameters; empty when none is declared. */
export const mediaType = ({ headers }: Call): string =>
  (headers['content-type'] ?? '').split(';', 1).join('').trim().toLowerCase();

/** The form body, last value of a repeated field; undefined for a body of another type. */
export async function formFields(call: Call): Promise<ReadonlyMap<string, string> | undefined> {
  if (mediaType(call) !== 'application/x-www-form-urlencoded') return undefined;
  return new Map(new URLSearchParams(await call.text()));
}

/** The string members of a JSON object body; undefined for anything else. */
export async function jsonFields(call: Call): Promise<ReadonlyMap<string, string> | undefined> {
  if (mediaType(call) !== 'application/json') return undefined;
  const json = parseJson(await call.text());
  if (typeof json !== 'object' || json === null) return undefined;
  const entries: [string, unknown][] = Object.entries(json);
  return new Map(
    entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : [])),
  );
}

/** Undefined for text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The credential of an Authorization header of that scheme. */
export function authorization({ headers }: Call, scheme: 'basic' | 'bearer'): string | undefined {
  const match = /^(\S+)\s+(\S+)\s*$/.exec(headers.authorization ?? '');
  return match?.[1]?.toLowerCase() === scheme ? match[2] : undefined;
}

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Basic credentials, percent-decoded where they are well-formed percent-encoding. */
export function basicCredentials(call: Call): Credentials | undefined {
  const encoded = authorization(call, 'basic');
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) return undefined;
  return {
    clientId: percentDecoded(text.slice(0, colon)),
    clientSecret: percentDecoded(text.slice(colon + 1)),
  };
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const json = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
