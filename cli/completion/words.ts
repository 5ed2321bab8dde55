import type { Option } from '../arguments.ts';
import type { Command } from '../command.ts';

/** What an option's value is completed with. */
export type Value =
  | { readonly kind: 'none' }
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  | { readonly kind: 'file' }
  /** Anything: nothing is suggested. */
  | { readonly kind: 'text' };

export function completionOf({ type, choices, value }: Option): Value {
  if (type === 'boolean') return { kind: 'none' };
  if (choices !== undefined) return { kind: 'choices', choices };
  return value === 'FILE' ? { kind: 'file' } : { kind: 'text' };
}

/** Choices of the first operand, or whether it is a file. */
export function operandOf({ operands: [first] }: Command): Value {
  if (first === undefined) return { kind: 'none' };
  if (first.choices !== undefined) return { kind: 'choices', choices: first.choices };
  return first.name === 'FILE' ? { kind: 'file' } : { kind: 'text' };
}
