import { Duration } from 'aws-cdk-lib';
import * as z from 'zod';

const rule =
  'must be off, a rate like rate(15 minutes), or a cron of six fields like cron(0 3 * * ? *), one of whose two day fields is ?';

/** EventBridge refuses `rate(1 minutes)` and `rate(2 minute)`. */
function isRate(text: string): boolean {
  const [, value = '', plural] =
    /^rate\(([1-9]\d{0,4}) (?:minute|hour|day)(s?)\)$/.exec(text) ?? [];
  return value !== '' && (value === '1') === (plural === '');
}

/** How often a rate has EventBridge call; undefined for a cron, whose turns differ. */
export function intervalOf(schedule: string): Duration | undefined {
  const [, value = '', unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule) ?? [];
  switch (unit) {
    case 'minute':
      return Duration.minutes(Number(value));
    case 'hour':
      return Duration.hours(Number(value));
    case 'day':
      return Duration.days(Number(value));
    default:
      return undefined;
  }
}

/** Minutes, hours, day of the month, month, day of the week, year. */
function isCron(text: string): boolean {
  const fields = /^cron\(([^()]+)\)$/.exec(text)?.[1]?.split(' ') ?? [];
  const [, , dayOfMonth, , dayOfWeek] = fields;
  return (
    fields.length === 6 &&
    fields.every((field) => /^[\dA-Z*?,/L#W-]+$/i.test(field)) &&
    (dayOfMonth === '?') !== (dayOfWeek === '?')
  );
}

/** When EventBridge is to call the sweep: its own expression, or `off`. */
export const sweepSchedule = z
  .string(rule)
  .refine((text) => text === 'off' || isRate(text) || isCron(text), rule);
