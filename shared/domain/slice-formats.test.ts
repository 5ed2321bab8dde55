import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { messageText, type SliceMessage } from './slice.ts';
import { readSlice } from './slice-formats.ts';

afterEach(() => void vi.useRealTimers());

const sentAt = 1_800_000_000_900;
const message: SliceMessage = {
  v: 2,
  revocation: `rev_${'0'.repeat(40)}`,
  part: 1,
  slice: 2,
  provider: 'polar',
  redrives: 0,
  acceptedAt: 1_700_000_000,
  jobs: [{ index: 0, ref: 'user-1', fingerprint: 'f' }],
  sealed: 'x',
};
const { acceptedAt: _, ...undated } = message;

const read = (value: unknown, at = sentAt) => readSlice(JSON.stringify(value), at);

test('a message of the current format is read as it stands', () => {
  expect(readSlice(messageText(message), sentAt)).toEqual({ kind: 'slice', message });
});

describe('a message of format 1', () => {
  test('is read as the current one, accepted when it was sent', () => {
    expect(read({ ...undated, v: 1 })).toEqual({
      kind: 'slice',
      message: { ...message, acceptedAt: 1_800_000_000 },
    });
  });

  test.each([0, Number.NaN])('that was sent nobody knows when (%s) was accepted now', (untold) => {
    vi.useFakeTimers({ toFake: ['Date'], now: sentAt });
    expect(read({ ...undated, v: 1 }, untold)).toMatchObject({
      message: { acceptedAt: 1_800_000_000 },
    });
  });
});

describe('a message of a newer format', () => {
  test('is told as that, and which slice it is, whatever else it holds', () => {
    const { revocation, part, slice } = message;
    expect(read({ v: 3, revocation, part, slice, tokens: 'elsewhere' })).toMatchObject({
      kind: 'newer',
      newer: { what: 'message', version: 3, place: { revocation, part, slice } },
    });
  });

  test.each([
    ['a whole one', { ...message, v: 3 }],
    ['a bare number', { v: 4711 }],
    ['one whose place has another shape', { v: 3, revocation: { id: 1 }, part: 0, slice: 0 }],
  ])('is never read by its old fields: %s', (_, value) => {
    expect(read(value)).toMatchObject({ kind: 'newer', newer: { version: value.v } });
  });
});

describe('what is no message of ours', () => {
  test.each([
    ['no object', null],
    ['a list', [message]],
    ['without a format', { ...message, v: undefined }],
    ['whose format is text', { ...message, v: '3' }],
    ['of format 0', { ...message, v: 0 }],
    ['of half a format', { ...message, v: 2.5 }],
    ['of the current format, without a time', { ...message, acceptedAt: undefined }],
    ['of the current format, without jobs', { ...message, jobs: [] }],
    ['of format 1, without an envelope', { ...undated, v: 1, sealed: undefined }],
  ])('is unreadable: %s', (_, value) => {
    expect(read(value)).toMatchObject({ kind: 'unreadable', reason: expect.any(String) });
  });

  test('is not quoted, whatever it says', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const reading = readSlice(`${text}4711`, sentAt);
        if (reading.kind === 'unreadable') expect(reading.reason).not.toContain('4711');
      }),
    );
  });
});
