import * as z from 'zod';

/** Loopback hosts are the only ones that may be spoken to without TLS. */
const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);

/** An absolute URL of a server: https (http to loopback only), no credentials, query or fragment. */
export const serverUrl = z.string().superRefine((value, context) => {
  const problem = serverUrlProblem(value);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** Why `value` may not be connected to; undefined when it may. */
export function serverUrlProblem(value: string): string | undefined {
  if (!URL.canParse(value)) return 'must be an absolute URL, e.g. https://api.example.com';
  const url = new URL(value);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must start with https://';
  if (url.protocol === 'http:' && !isLoopback(url)) return 'http is allowed to loopback only';
  if (url.username !== '' || url.password !== '') return 'must not hold credentials';
  // By the text, since the parser drops an empty query, and spaces around: paths are appended to it.
  if (/[?#]/.test(value)) return 'must not have a query or fragment';
  if (/\s/.test(value)) return 'must not have spaces';
  return undefined;
}

/** Ten days: a job must end or be parked well before its message expires. */
const longestScheduleSeconds = 10 * 86_400;

/** How one provider's failed jobs are tried again. */
export const retryPolicy = z
  .strictObject({
    /** Calls made for one job before it is parked as exhausted. */
    maxAttempts: z.number().int().min(1).max(50).default(8),
    /** The first wait; each further one doubles. */
    baseSeconds: z.number().min(0).max(3600).default(10),
    /** No wait is longer, but for the provider's own Retry-After. */
    maxSeconds: z.number().min(0).max(43_200).default(900),
  })
  .refine(
    ({ maxAttempts, maxSeconds }) => maxAttempts * maxSeconds <= longestScheduleSeconds,
    'maxAttempts times maxSeconds must be at most 10 days: SQS forgets a message after 14',
  );

/** Names a provider everywhere: in jobs, its queue, its secret `rescind/providers/<id>`. */
export const providerId = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,39}$/,
    'must be 1-40 lower-case letters, digits or dashes, starting with a letter',
  );

export const providerEntry = z
  .strictObject({
    id: providerId,
    /** Which adapter speaks to it. */
    kind: z.string().min(1),
    baseUrl: serverUrl.optional(),
    /**
     * Whether a look-up is to confirm each revocation that the provider has accepted: a second call for
     * every job whose token can be looked up.
     */
    verify: z.boolean().default(false),
    /** How fast the provider lets us call, over all workers. Without it calls are not spaced. */
    rate: z
      .strictObject({
        requestsPerSecond: z.number().positive(),
        burst: z.number().int().min(1).default(1),
      })
      .optional(),
    /** Workers of the lane that run at once (Lambda's maximumConcurrency). */
    maxConcurrency: z.number().int().min(2).max(1000).default(5),
    /**
     * Executions that Lambda sets aside for the lane's worker, and its limit. Without it the lane
     * shares the account's with everybody else.
     */
    reservedConcurrency: z.number().int().min(2).max(10_000).optional(),
    /** Longest wait for one answer. */
    timeoutMs: z.number().int().min(100).max(30_000).default(10_000),
    retry: retryPolicy.prefault({}),
    /** The adapter's own settings; its schema says which. */
    options: z.record(z.string(), z.unknown()).default({}),
  })
  .refine(
    ({ maxConcurrency, reservedConcurrency = maxConcurrency }) =>
      reservedConcurrency >= maxConcurrency,
    {
      path: ['reservedConcurrency'],
      error: 'must be at least maxConcurrency, which is 5 where it is not given',
    },
  );

/** The shape of `providers.json`. */
export const providersFile = z.strictObject({
  $schema: z.string().optional(),
  providers: z
    .array(providerEntry)
    .min(1)
    .superRefine((entries, context) => {
      const seen = new Set<string>();
      for (const [index, { id }] of entries.entries()) {
        if (seen.has(id)) {
          context.addIssue({ code: 'custom', path: [index, 'id'], message: `${id} is used twice` });
        }
        seen.add(id);
      }
    }),
});

export type ProviderEntry = z.infer<typeof providerEntry>;
export type RetryPolicy = z.infer<typeof retryPolicy>;
