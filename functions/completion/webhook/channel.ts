import { SecretMissing, type Secrets } from '../../../shared/secrets/secrets.ts';
import { parseSecrets, SourceSecretFault } from '../../../shared/webhooks/secret.ts';
import { type Channel, ChannelFault } from '../channel.ts';
import type { Post } from './send.ts';
import { signedHeaders, signingSecretProblem } from './sign.ts';

export interface WebhookSettings {
  readonly url: string;
  readonly secrets: Pick<Secrets, 'ofCompletions'>;
  readonly post: Post;
}

/** Publishes completions as Standard Webhooks to one endpoint. */
export const createWebhookChannel = ({ url, secrets, post }: WebhookSettings): Channel => ({
  name: 'webhook',
  concerns: () => true,
  publish: async ({ event, ...data }) => {
    const keys = await signingSecrets(secrets);
    const now = new Date();
    const timestamp = Math.floor(now.getTime() / 1000);
    const body = JSON.stringify({
      type: 'revocation.completed',
      timestamp: data.completedAt ?? now.toISOString(),
      data: { event, ...data },
    });
    const status = await post(url, signedHeaders({ id: event, timestamp, body }, keys), body);
    if (status >= 200 && status < 300) return;
    const why = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
    throw new ChannelFault(`the endpoint answered ${status}${why}`);
  },
});

async function signingSecrets(secrets: Pick<Secrets, 'ofCompletions'>): Promise<readonly string[]> {
  try {
    return parseSecrets(await secrets.ofCompletions(), signingSecretProblem);
  } catch (error) {
    if (error instanceof SourceSecretFault) {
      throw new ChannelFault(`the secret completion-webhook ${error.message}`);
    }
    if (error instanceof SecretMissing) {
      throw new ChannelFault('the secret completion-webhook is missing');
    }
    throw error;
  }
}
