import middy from '@middy/core';
import { sealingKeysDependencies } from './dependencies.ts';
import { type RotationReport, rotateKeys } from './rotate-keys.ts';

const dependencies = sealingKeysDependencies();

/** Rotates the sealing keys: a schedule's event, or `{"rotate": true}`, in; what was done, out. */
export const handler = middy<unknown, RotationReport>().handler((event: unknown) =>
  rotateKeys(event, dependencies),
);
