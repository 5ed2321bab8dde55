import type { IssuedToken, Sandbox } from './index.ts';

/** Raw requests for tests: what a caller without any adapter would write. */

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, else the text. */
  readonly body: unknown;
}

type Fields = Readonly<Record<string, string>>;

export async function send(
  { url }: Sandbox,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Fields; body?: string | URLSearchParams } = {},
): Promise<Reply> {
  const init = {
    method,
    headers,
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  } as const;
  const response = await fetch(url + path, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parsed(text) };
}

/** Sends a form, without any field that is undefined. */
export const sendForm = (
  sandbox: Sandbox,
  path: string,
  fields: Readonly<Record<string, string | undefined>>,
  { method = 'POST', headers = {} }: { method?: string; headers?: Fields } = {},
): Promise<Reply> => {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) body.set(name, value);
  }
  return send(sandbox, method, path, { headers, body });
};

/** The sandbox's own credentials, or others. */
export const basic = ({ clientId, clientSecret }: Fields): Fields => ({
  authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
});

/** The sandbox's credentials as form fields. */
export const posted = ({ secret }: Sandbox): Record<string, string | undefined> => ({
  client_id: secret.clientId,
  client_secret: secret.clientSecret,
});

/** Issues one token. */
export async function issueOne(
  sandbox: Sandbox,
  request: Omit<Parameters<Sandbox['issue']>[0] & object, 'count'> = {},
): Promise<IssuedToken> {
  const [token] = await sandbox.issue({ ...request, count: 1 });
  if (token === undefined) throw new Error('nothing was issued');
  return token;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
