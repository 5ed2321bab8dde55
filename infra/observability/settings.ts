import * as z from 'zod';

/** Whom the alarms tell, whether calls are traced, and what everything is tagged with. */
export interface ObservabilitySettings {
  readonly alarms: {
    /** Is sent a mail, from a topic of the stack's own. */
    readonly email: string | undefined;
    /** A topic that is there already. */
    readonly topicArn: string | undefined;
  };
  /** Whether Lambda sends traces to X-Ray. */
  readonly tracing: boolean;
  /** On every resource that takes tags. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Resources take 50 tags, and CloudFormation and we put some of our own there. */
const mostTags = 40;

const tagText = /^[\p{L}\p{N} _.:/=+\-@]*$/u;

const tags = z.string().transform((text, { addIssue }) => {
  const entries = text
    .split(',')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair): [string, string] => {
      const [key = '', ...value] = pair.split('=');
      return [key.trim(), value.join('=').trim()];
    });
  const wrong = (message: string) => addIssue({ code: 'custom', message });
  const keys = new Set(entries.map(([key]) => key));
  if (keys.size < entries.length) wrong('must name each key once');
  if (keys.size > mostTags) wrong(`must be at most ${mostTags}`);
  for (const [key, value] of entries) {
    const problem = problemOfTag(key, value);
    if (problem !== undefined) wrong(problem);
  }
  return Object.fromEntries(entries);
});

function problemOfTag(key: string, value: string): string | undefined {
  if (key === '' || value === '') return 'must be pairs like owner=platform,cost-center=4711';
  if (key in standardTags('')) return `must not name ${key}, which every stage has already`;
  if (/^aws:/i.test(key)) return 'must not begin with aws:, which AWS keeps for itself';
  if (key.length > 128 || value.length > 256) {
    return 'must have keys of at most 128 and values of at most 256 characters';
  }
  return tagText.test(key + value)
    ? undefined
    : 'must be made of letters, digits, spaces and _ . : / = + - @';
}

/** What every resource is tagged with, whatever else is. */
const standardTags = (stage: string) => ({ app: 'rescind', 'rescind:stage': stage });

/** Context that is about observability, as `infra/context.ts` reads it. */
export const observabilityContext = {
  alarmEmail: z.email('must be an e-mail address').optional(),
  alarmTopicArn: z
    .string()
    .regex(
      /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/,
      'must be the ARN of a standard SNS topic, like arn:aws:sns:eu-west-1:123456789012:on-call; CloudWatch takes no FIFO topic',
    )
    .optional(),
  tracing: z
    .literal(['true', 'false', true, false], 'must be true or false')
    .default(false)
    .transform((value) => String(value) === 'true'),
  tags: tags.optional(),
};

const parsed = z.object(observabilityContext);

export const observabilityOf = (
  stage: string,
  { alarmEmail, alarmTopicArn, tracing, tags = {} }: z.infer<typeof parsed>,
): ObservabilitySettings => ({
  alarms: { email: alarmEmail, topicArn: alarmTopicArn },
  tracing,
  tags: { ...tags, ...standardTags(stage) },
});
