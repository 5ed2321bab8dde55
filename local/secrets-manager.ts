import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Emulator } from './emulators.ts';
import type { Guard } from './guard.ts';
import { listenOnLoopback } from './loopback.ts';

/** Finds a secret's text by its name; undefined when there is none. */
export type SecretSource = (name: string) => Promise<string | undefined>;

/**
 * The one call of AWS Secrets Manager that the functions make, GetSecretValue, over its JSON 1.1
 * protocol. The source is asked each time, so an edited secrets file is a rotated secret.
 */
export async function startSecretsManager(source: SecretSource, guard: Guard): Promise<Emulator> {
  const versionOf = createVersions();
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: object) =>
      response
        .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify(body));
    if (!guard.admits(request)) return answer(403, { __type: 'AccessDeniedException' });
    if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue') {
      return answer(400, { __type: 'InvalidRequestException', Message: 'not emulated' });
    }
    try {
      const name = nameOf(await text(request));
      const secret = name === undefined ? undefined : await source(name);
      return secret === undefined
        ? answer(400, { __type: 'ResourceNotFoundException', Message: 'no such secret' })
        : answer(200, {
            Name: name,
            ARN: `arn:local:secret:${name}`,
            VersionId: versionOf(name ?? '', secret),
            SecretString: secret,
          });
    } catch {
      return answer(500, { __type: 'InternalServiceError' });
    }
  });
  const url = await listenOnLoopback(server, 0);
  return {
    url,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Names each text that a secret has had, at random as AWS does, so that a name tells nothing. */
function createVersions(): (name: string, text: string) => string {
  const latest = new Map<string, { readonly text: string; readonly version: string }>();
  return (name, text) => {
    const held = latest.get(name);
    if (held?.text === text) return held.version;
    const version = randomUUID();
    latest.set(name, { text, version });
    return version;
  };
}

function nameOf(body: string): string | undefined {
  const json: unknown = JSON.parse(body);
  return typeof json === 'object' && json !== null && 'SecretId' in json
    ? String(json.SecretId)
    : undefined;
}
