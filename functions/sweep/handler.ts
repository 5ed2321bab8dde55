import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { sweepDependencies } from './dependencies.ts';
import { type SweepReport, sweep } from './sweep.ts';

const dependencies = sweepDependencies();

/** Kept free at the end of an invocation for what is under way then. */
const endingMs = 30_000;

/** The scheduled sweep of the dead-letter ledger: a schedule's event in, what was done out. */
export const handler = middy<unknown, SweepReport>().handler((_: unknown, context: Context) =>
  sweep(dependencies, Date.now() + context.getRemainingTimeInMillis() - endingMs),
);
