import { rm } from 'node:fs/promises';
import { type App, Validations } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it, vi } from 'vitest';
import { catalogOf } from '../test/support/catalog.ts';
import { acknowledgements, checkByNag } from './nag.ts';
import { buildStack, withWebhooks } from './testing/synthesis.ts';

/** Synthesises as infra/app.ts does, and says what stops it. */
async function synth(app: App): Promise<string | undefined> {
  checkByNag(app);
  // Where CDK's command line does not listen, the report is printed.
  using printed = vi.spyOn(console, 'error').mockImplementation(() => {});
  try {
    app.synth();
    return undefined;
  } catch (error) {
    return `${error}\n${printed.mock.calls.join('\n')}`;
  } finally {
    await rm(app.outdir, { recursive: true });
  }
}

describe('cdk-nag', () => {
  it.each<[string, Record<string, unknown>]>([
    ['production', {}],
    ['another stage', { stage: 'dev' }],
    ['tracing and a topic for alarms', { tracing: 'true', alarmEmail: 'on-call@example.com' }],
    ['webhooks', withWebhooks],
    [
      'completions',
      { completionEventBus: 'default', completionWebhook: 'https://hooks.example.com' },
    ],
    ['JWTs', { jwtIssuer: 'https://issuer.example.com', jwtAudience: 'rescind' }],
  ])('finds nothing that nobody has explained: %s', async (_, context) => {
    const { app } = await buildStack(context);
    expect(await synth(app)).toBeUndefined();
  });

  it.each([1, 30])('finds nothing either in a stage of %d lanes', async (count) => {
    const ids = Array.from({ length: count }, (_, index) => ({ id: `p${index}`, kind: 'polar' }));
    const { app } = await buildStack({}, await catalogOf(...ids));
    expect(await synth(app)).toBeUndefined();
  });

  it('stops the synthesis of whatever else it finds', async () => {
    const { app, stack } = await buildStack();
    new Queue(stack, 'Careless');
    expect(await synth(app)).toMatch(/AwsSolutions-SQS4/);
  });
});

describe('what is acknowledged', () => {
  it('has a reason', () => {
    for (const { reason } of Object.values(acknowledgements)) {
      expect(reason.length).toBeGreaterThan(40);
    }
  });

  it('would be found: nothing is acknowledged for nothing', async () => {
    // Prepare: the same stack, as if nobody had acknowledged anything.
    using silent = vi.spyOn(Validations.prototype, 'acknowledge').mockImplementation(() => {});
    const { app, stack } = await buildStack({ tracing: 'true' });
    expect(silent).toHaveBeenCalled();

    // Act
    const { violations } = new AwsSolutionsChecks(app).validateScope(stack);
    await rm(app.outdir, { recursive: true });

    // Assess
    const found = violations.map(({ ruleName }) => ruleName).sort();
    expect(found).toEqual([...new Set(Object.values(acknowledgements).map(({ id }) => id))].sort());
    for (const { ruleName, violatingResources } of violations) {
      const explained = silent.mock.calls.filter(([given]) => given?.id === ruleName);
      expect(violatingResources).toHaveLength(explained.length);
    }
  });
});
