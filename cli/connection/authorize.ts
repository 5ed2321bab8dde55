import { CliFault } from '../faults.ts';
import type { Credentials } from './target.ts';

/** Puts on a request what shows who is calling. */
export type Authorize = (url: string, init: RequestInit) => Promise<Request>;

/** @throws CliFault from the first call on, when AWS credentials cannot be had */
export function authorizeBy(credentials: Credentials): Authorize {
  switch (credentials.kind) {
    case 'bearer': {
      const authorization = `Bearer ${credentials.token}`;
      return async (url, init) => {
        const headers = new Headers(init.headers);
        headers.set('authorization', authorization);
        return new Request(url, { ...init, headers });
      };
    }
    case 'aws':
      return signFor(credentials.region);
  }
}

/** SigV4 with the ordinary credential chain, which caches and renews what it finds. */
function signFor(region: string): Authorize {
  let chain: Promise<() => Promise<AwsIdentity>> | undefined;
  return async (url, init) => {
    chain ??= import('@aws-sdk/credential-providers').then(({ fromNodeProviderChain }) =>
      fromNodeProviderChain(),
    );
    const [{ AwsClient }, identity] = await Promise.all([
      import('aws4fetch'),
      chain.then((provide) => provide()).catch(noCredentials),
    ]);
    const client = new AwsClient({ ...identity, service: 'execute-api', region, retries: 0 });
    return client.sign(url, init);
  };
}

interface AwsIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

function noCredentials(): never {
  throw new CliFault(
    'There is no API key, and no AWS credentials were found. Set RESCIND_API_KEY or RESCIND_TOKEN, or log in to AWS (AWS_PROFILE, `aws sso login`).',
  );
}
