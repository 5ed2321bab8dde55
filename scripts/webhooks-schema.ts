import * as z from 'zod';
import { webhooksFile } from '../shared/webhooks/configuration.ts';

/** The JSON Schema of `webhooks.json`. */
export const webhooksJsonSchema = (): object => ({
  title: 'Rescind webhooks.json',
  ...z.toJSONSchema(webhooksFile, { io: 'input' }),
});
