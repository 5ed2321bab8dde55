import { createSession } from '../../functions/worker/session.ts';
import type { Earlier, Try } from '../../functions/worker/try.ts';
import { tryJob } from '../../functions/worker/try-job.ts';
import type { Secrets } from '../../shared/secrets/secrets.ts';
import { createProvider, type TestProvider } from './provider.ts';

/** The token of the one job that is tried. */
export const triedToken = 'token-4711';

export interface Trying extends TestProvider {
  /** One try, after earlier ones that came to this. */
  readonly once: (earlier?: Partial<Earlier>) => Promise<Try>;
}

/** One job whose provider behaves so. */
export function trying(secrets: Secrets, ...scripted: Parameters<typeof createProvider>): Trying {
  const provider = createProvider(...scripted);
  const { verify } = provider.provider.entry;
  const session = createSession(provider.provider, secrets, provider.send);
  return {
    ...provider,
    once: (earlier) =>
      tryJob(
        { token: triedToken },
        { id: 'rev_1/0/0', answers: 0, ...earlier },
        { session, send: provider.send, verify },
      ),
  };
}
