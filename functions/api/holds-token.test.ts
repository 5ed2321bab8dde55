import { expect, test } from 'vitest';
import { fingerprint } from '../../shared/sealing/fingerprint.ts';
import { sealingKeys } from '../../test/support/slices.ts';
import { holdsToken } from './holds-token.ts';

const token = 'gho_16C7e42F292c6912E7710c838347Ae178B4a/+=';
const short = 'tok-4711';
const shorter = 'k7';
const prints = new Set([token, short, shorter].map((each) => fingerprint(each, sealingKeys)));

test.each([
  token,
  `it was ${token}, which is dead`,
  `token=${token}`,
  `token:${token}`,
  `{"token":"${token}"}`,
  `https://acme.example/revoke?token=${encodeURIComponent(token)}&x=1`,
  `glued${token}together`,
  `Bearer ${short}.`,
  `‘${short}’`,
  `see ${shorter}`,
  `token="${shorter}"`,
])('a note that holds a token is told: %s', (note) => {
  expect(holdsToken(note, prints, sealingKeys)).toBe(true);
});

test.each([
  '',
  'revoked by hand in the console, ticket 4711',
  token.slice(1),
  `${short.slice(0, -1)}2`,
  'mik7e knows', // holds the shortest, by chance
  '100 % sure',
])('one that holds none is not: %j', (note) => {
  expect(holdsToken(note, prints, sealingKeys)).toBe(false);
});
