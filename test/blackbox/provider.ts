import * as z from 'zod';
import type {
  Faults,
  IssuedToken,
  IssueRequest,
  SandboxStatistics,
} from '../../local/sandbox/index.ts';

/** A provider's sandbox, reached over its control routes: it may run in another process. */
export interface Provider {
  readonly id: string;
  readonly issue: (request?: IssueRequest) => Promise<IssuedToken[]>;
  /** Those of the tokens that are alive. */
  readonly alive: (tokens: readonly string[]) => Promise<string[]>;
  readonly setFaults: (faults: Faults) => Promise<void>;
  readonly stats: () => Promise<SandboxStatistics>;
  readonly resetStats: () => Promise<void>;
  /** Its credentials. */
  readonly secret: () => Promise<Record<string, string>>;
}

const about = z.object({ secret: z.record(z.string(), z.string()) });
const aliveAnswer = z.object({ alive: z.array(z.string()) });

/** @param url origin of the sandbox */
export function remoteProvider(id: string, url: string): Provider {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${url}/sandbox${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`sandbox ${id}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  return {
    id,
    issue: async (request = {}) => {
      const { tokens } = (await call('POST', '/tokens', request)) as { tokens: IssuedToken[] };
      return tokens;
    },
    alive: async (tokens) => aliveAnswer.parse(await call('POST', '/alive', { tokens })).alive,
    setFaults: async (faults) => void (await call('PUT', '/faults', faults)),
    stats: async () => (await call('GET', '/stats')) as SandboxStatistics,
    resetStats: async () => void (await call('DELETE', '/stats')),
    secret: async () => about.parse(await call('GET', '')).secret,
  };
}
