import * as z from 'zod';
import { type Binding, openJson, sealJson } from '../sealing/jwe.ts';
import type { SealingKeys } from '../sealing/keys.ts';

/** Longest task token that Step Functions takes back (SendTaskSuccess, API reference). */
export const maximumTaskToken = 2048;

const bindingOf = (revocation: string): Binding => ({ to: 'task', identity: revocation });

/** Seals the task token of a state machine. It opens as no other revocation's. */
export const sealTaskToken = (
  revocation: string,
  taskToken: string,
  keys: SealingKeys,
): Promise<string> => sealJson(bindingOf(revocation), taskToken, keys);

/** @throws SealFault */
export const openTaskToken = (
  revocation: string,
  sealed: string,
  keys: SealingKeys,
): Promise<string> =>
  openJson(bindingOf(revocation), sealed, keys, (value) => z.string().parse(value));
