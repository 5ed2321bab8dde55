import * as z from 'zod';

const withJobs = z.looseObject({
  properties: z.looseObject({
    jobs: z.looseObject({
      items: z.looseObject({
        properties: z.looseObject({ provider: z.looseObject({ type: z.literal('string') }) }),
      }),
    }),
  }),
});

const contract = z.looseObject({
  components: z.looseObject({
    schemas: z.looseObject({ Submission: withJobs, Part: withJobs }),
  }),
});

/**
 * The contract as it is served, but that it names the providers there are: of all strings, chance
 * would hardly hit on one.
 */
export function withProviders(served: unknown, providers: readonly string[]): unknown {
  const parsed = contract.parse(served);
  const { Submission, Part } = parsed.components.schemas;
  for (const { properties } of [Submission, Part]) {
    Object.assign(properties.jobs.items.properties.provider, { enum: providers });
  }
  return parsed;
}
