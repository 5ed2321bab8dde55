import { beforeAll, describe, expect, it } from 'vitest';
import { alarmsOf } from './testing/alarms.ts';
import { functionArn } from './testing/arns.ts';
import { sweeper, sweepRule } from './testing/parts.ts';
import { type Synthesis, synthesise } from './testing/synthesis.ts';

let stack: Synthesis;

beforeAll(async () => {
  stack = await synthesise();
});

describe('the sweep', () => {
  it('runs every quarter of an hour', () => {
    expect(sweepRule(stack).properties).toMatchObject({
      ScheduleExpression: 'rate(15 minutes)',
      State: 'ENABLED',
      Targets: [{ Arn: functionArn(sweeper(stack).lambda.id) }],
    });
  });

  it.each(['rate(1 hour)', 'rate(3 days)', 'cron(0 3 * * ? *)', 'cron(0/5 8-17 ? * MON-FRI *)'])(
    'runs by %s when it is told to',
    async (sweepSchedule) => {
      const own = await synthesise({ sweepSchedule, sweepMaxAgeDays: '30' });
      expect(sweepRule(own).properties.ScheduleExpression).toBe(sweepSchedule);
      expect(sweeper(own).environment.RESCIND_SWEEP_MAX_AGE_DAYS).toBe('30');
    },
  );

  it.each([
    ['rate(15 minutes)', { Period: 900, EvaluationPeriods: 4 }],
    ['rate(1 minute)', { Period: 300, EvaluationPeriods: 12 }],
    ['rate(12 hours)', { Period: 43_200, EvaluationPeriods: 2 }],
    ['rate(3 days)', undefined],
    ['cron(0 3 * * ? *)', undefined],
  ])('is missed when it does not run by %s', async (sweepSchedule, expected) => {
    const alarms = alarmsOf(await synthesise({ sweepSchedule }));
    const alarm = alarms.find(({ name }) => name === 'rescind-production-sweep-not-run');
    if (expected === undefined) expect(alarm).toBeUndefined();
    else {
      expect(alarm?.properties).toMatchObject({
        ...expected,
        MetricName: 'Invocations',
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 1,
        TreatMissingData: 'breaching',
      });
    }
  });

  it('is not there when it is off', async () => {
    const own = await synthesise({ sweepSchedule: 'off' });
    const functions = (synthesis: Synthesis) => synthesis.all('AWS::Lambda::Function').length;
    expect(functions(own)).toBe(functions(stack) - 1);
    expect(() => sweepRule(own)).toThrow('expected one');
  });
});
