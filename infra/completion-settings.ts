import * as z from 'zod';

/** Who is told of completions. */
export interface CompletionSettings {
  /** Name of an EventBridge bus of the account. */
  readonly eventBus: string | undefined;
  /** Endpoint that gets a signed webhook of each. */
  readonly webhook: string | undefined;
  /** ARNs of the state machines that may wait for one; none without. */
  readonly stateMachines: readonly string[];
}

/** Context that is about completions, as `infra/context.ts` reads it. */
export const completionContext = {
  completionEventBus: z
    .string()
    .regex(/^[\w./-]{1,256}$/, 'must be the name of an EventBridge bus, such as default')
    .optional(),
  completionWebhook: z
    .url({ protocol: /^https$/, error: 'must be an https URL' })
    .refine((url) => {
      const { username, password, hash } = new URL(url);
      return `${username}${password}${hash}` === '';
    }, 'must have no credentials and no fragment in it')
    .optional(),
  completionStateMachines: z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((word) => word !== ''))
    .pipe(
      z
        .array(
          z
            .string()
            .regex(
              /^arn:[\w-]+:states:[\w-]+:\d{12}:stateMachine:[\w-]{1,80}$/,
              'must be the ARNs of state machines',
            ),
        )
        .min(1, 'must name at least one'),
    )
    .optional(),
} as const;

const context = z.object(completionContext);

/** @returns undefined where nobody is to be told: there is then neither queue nor function */
export function completionOf({
  completionEventBus,
  completionWebhook,
  completionStateMachines = [],
}: z.infer<typeof context>): CompletionSettings | undefined {
  const isAnybody =
    completionEventBus !== undefined ||
    completionWebhook !== undefined ||
    completionStateMachines.length > 0;
  return isAnybody
    ? {
        eventBus: completionEventBus,
        webhook: completionWebhook,
        stateMachines: completionStateMachines,
      }
    : undefined;
}
