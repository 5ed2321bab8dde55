import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { metricCatalogue, namespace } from '../../shared/metrics/catalogue.ts';
import { catalogOf } from '../../test/support/catalog.ts';
import { type AlarmPart, alarmsOf } from '../testing/alarms.ts';
import { topicArn } from '../testing/arns.ts';
import {
  apiHandler,
  deadLetters,
  keyRotation,
  lane,
  reportHandler,
  sweeper,
} from '../testing/parts.ts';
import { type Synthesis, synthesise, withWebhooks } from '../testing/synthesis.ts';

let stack: Synthesis;
let alarms: AlarmPart[];

beforeAll(async () => {
  stack = await synthesise({ ...withWebhooks, completionEventBus: 'default' });
  alarms = alarmsOf(stack);
});

function alarm(name: string): AlarmPart {
  const found = alarms.find((each) => each.name === `rescind-production-${name}`);
  if (found === undefined) throw new Error(`there is no alarm ${name}`);
  return found;
}

/** GitHub's anchors of a document's headings. */
async function anchorsOf(file: string): Promise<string[]> {
  const text = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('every alarm', () => {
  it('says what happened, its impact, what to do, and where more of it stands', async () => {
    const anchors = await anchorsOf('docs/operating.md');
    for (const { name, description, section } of alarms) {
      expect(description, name).toMatch(/^[A-Z].+\. Impact: [A-Z].+\. To do: [A-Z].+\. More: /s);
      expect(anchors, name).toContain(section);
    }
  });

  it('has a section of its own kind, and no section is of none', async () => {
    const text = await readFile(new URL('../../docs/operating.md', import.meta.url), 'utf8');
    const lines = text.split('\n').filter((line) => /^Alarms?: /.test(line));
    const described = lines.flatMap((line) =>
      [...line.matchAll(/`rescind-<stage>-([^`]+)`/g)].map(([, name = '']) => name),
    );
    const kinds = alarms.map(({ name }) =>
      name.replace(/^rescind-production-/, '').replace(/^lane-.+-(\w+)$/, 'lane-<id>-$1'),
    );
    expect(described.toSorted()).toEqual([...new Set(kinds)].toSorted());
  });

  it('has a name that no other one has, here or in another stage', async () => {
    const dev = alarmsOf(await synthesise({ stage: 'dev' }));
    const names = [...alarms, ...dev].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name } of dev) expect(name).toMatch(/^rescind-dev-/);
  });

  it('fits into CloudWatch even for the longest provider id', async () => {
    const id = 'p'.repeat(40);
    const { resources } = await synthesise({}, await catalogOf({ id, kind: 'polar' }));
    const own = resources.filter(({ properties }) => String(properties.AlarmName).includes(id));
    expect(own).toHaveLength(4);
    for (const { properties } of own) {
      expect(String(properties.AlarmName).length).toBeLessThanOrEqual(255);
      expect(String(properties.AlarmDescription).length).toBeLessThanOrEqual(1024);
    }
  });

  it('names our own metrics as the functions emit them', () => {
    const own = alarms.filter(({ metric }) => metric.startsWith(`${namespace} `));
    expect(own.length).toBeGreaterThan(0);
    for (const { metric, dimensions } of own) {
      const [, definition] =
        Object.entries(metricCatalogue).find(([name]) => metric === `${namespace} ${name}`) ?? [];
      const sets = [definition?.by, definition && 'inAll' in definition ? [] : undefined];
      const named = Object.keys(dimensions).toSorted();
      expect(sets.map((by) => by && ['Stage', ...by].toSorted())).toContainEqual(named);
      expect(dimensions.Stage).toBe('production');
    }
  });

  it('takes silence for a good sign, but for that of a lane whose configuration was wrong or a schedule', () => {
    for (const { name, properties } of alarms) {
      const silence = name.endsWith('-not-run') ? 'breaching' : 'notBreaching';
      const expected = name.endsWith('-misconfigured') ? 'ignore' : silence;
      expect(properties.TreatMissingData, name).toBe(expected);
    }
  });
});

describe('whom alarms tell', () => {
  const email = { alarmEmail: 'on-call@example.com' };
  const given = 'arn:aws:sns:eu-west-1:123456789012:on-call';
  const own = topicArn('rescind-production-alarms');

  it.each([
    ['nobody', {}, undefined],
    ['a person', email, [own]],
    ['a topic that is there', { alarmTopicArn: given }, [given]],
    ['both', { ...email, alarmTopicArn: given }, [own, given]],
  ])('%s, at the beginning and at the end', async (_, context, actions) => {
    const synthesis = await synthesise(context);
    for (const { properties } of alarmsOf(synthesis)) {
      expect(properties.AlarmActions).toEqual(actions);
      expect(properties.OKActions).toEqual(actions);
    }
    expect(synthesis.all('AWS::SNS::Topic')).toHaveLength('alarmEmail' in context ? 1 : 0);
  });
});

describe('every function', () => {
  it.each([
    ['lane-polar', () => lane(stack, 'polar').consumer],
    ['lane-polar-backup', () => lane(stack, 'polar-backup').consumer],
    ['lane-mollie', () => lane(stack, 'mollie').consumer],
    ['dead-letter', () => deadLetters(stack).consumer],
    ['api', () => apiHandler(stack)],
    ['sealing-keys', () => keyRotation(stack)],
    ['sweep', () => sweeper(stack)],
    ['report', () => reportHandler(stack)],
  ])('%s is watched for a single error or throttle', (name, part) => {
    for (const [suffix, metric] of [
      ['failing', 'AWS/Lambda Errors'],
      ['throttled', 'AWS/Lambda Throttles'],
    ]) {
      const { dimensions, properties, ...rest } = alarm(`${name}-${suffix}`);
      expect(rest.metric).toBe(metric);
      expect(dimensions).toEqual({ FunctionName: part().lambda.id });
      expect(properties).toMatchObject({ Threshold: 1, EvaluationPeriods: 1, Statistic: 'Sum' });
    }
  });

  it('is watched, whichever there may be', () => {
    const watched = alarms.flatMap(({ dimensions }) => dimensions.FunctionName ?? []);
    const functions = stack.all('AWS::Lambda::Function').map(({ id }) => id);
    expect(new Set(watched)).toEqual(new Set(functions));
    // The two that a schedule calls for not being called, too.
    expect(watched).toHaveLength(2 * functions.length + 2);
  });
});

describe('every lane', () => {
  it.each(['polar', 'polar-backup', 'mollie'])('%s is watched for what waits', (provider) => {
    expect(alarm(`lane-${provider}-waiting`)).toMatchObject({
      metric: 'AWS/SQS ApproximateAgeOfOldestMessage',
      dimensions: { QueueName: `rescind-production-lane-${provider}` },
      properties: { Threshold: 7200, Statistic: 'Maximum' },
    });
  });

  it('stays in alarm for its configuration until a batch has worked, however long it is idle', () => {
    expect(alarm('lane-polar-misconfigured')).toMatchObject({
      metric: 'Rescind Misconfigured',
      dimensions: { Provider: 'polar' },
      properties: {
        Threshold: 1,
        Statistic: 'Minimum',
        Period: 60,
        TreatMissingData: 'ignore',
      },
    });
  });
});

describe('the stage', () => {
  it('is watched for parked jobs of any provider and reason', () => {
    expect(alarm('parked')).toMatchObject({
      metric: 'Rescind Parked',
      dimensions: { Stage: 'production' },
      properties: { Threshold: 1, Statistic: 'Sum', Period: 3600 },
    });
  });

  it('is watched for what is put back for hours, though a lane may tell once an hour only', () => {
    expect(alarm('overdue')).toMatchObject({
      metric: 'Rescind OldestAge',
      dimensions: { Stage: 'production' },
      properties: {
        Threshold: 7200,
        Statistic: 'Maximum',
        Period: 3600,
        EvaluationPeriods: 2,
        DatapointsToAlarm: 1,
      },
    });
  });

  it.each([
    ['dead-letters', 'ApproximateNumberOfMessagesVisible'],
    ['dead-letters-returning', 'ApproximateNumberOfMessagesNotVisible'],
  ])('is watched for dead letters that stay, and not for ones that pass: %s', (name, metric) => {
    expect(alarm(name)).toMatchObject({
      metric: `AWS/SQS ${metric}`,
      dimensions: { QueueName: 'rescind-production-dead-letters' },
      properties: {
        Threshold: 1,
        Statistic: 'Maximum',
        Period: 300,
        EvaluationPeriods: 3,
        DatapointsToAlarm: 3,
      },
    });
  });

  it('is watched for 5xx, those that the function never saw included', () => {
    expect(alarm('api-5xx')).toMatchObject({
      metric: 'AWS/ApiGateway 5xx',
      dimensions: { ApiId: stack.one('AWS::ApiGatewayV2::Api').id },
      properties: { Threshold: 1, Statistic: 'Sum' },
    });
  });
});
