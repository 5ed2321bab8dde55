import { describe, expect, test } from 'vitest';
import { readMap, resolveColumns } from './columns.ts';

const resolve = (header: string, settings: Partial<Parameters<typeof resolveColumns>[1]> = {}) =>
  resolveColumns(header.split(','), { map: {}, ignoreUnknown: false, ...settings }).map((place) =>
    place === undefined ? undefined : `${place.kind === 'parameter' ? '.' : ''}${place.name}`,
  );

test.each([
  ['provider,token', ['provider', 'token']],
  ['Provider, Token ,Token Type,refresh_token', ['provider', 'token', 'tokenType', 'refreshToken']],
  ['token,provider,parameters.realm', ['token', 'provider', '.realm']],
  ['provider,token,', ['provider', 'token', undefined]],
])('%s by their own names', (header, places) => {
  expect(resolve(header)).toEqual(places);
});

test('--map goes before a column’s own name', () => {
  const map = readMap(['token=access_token,ref=user', 'parameters.realm=Realm']);
  expect(resolve('provider,access_token,user,Realm', { map })).toEqual([
    'provider',
    'token',
    'ref',
    '.realm',
  ]);
  expect(resolve('provider,token,new_token', { map: { token: 'new_token' } })).toEqual([
    'provider',
    undefined,
    'token',
  ]);
});

test('--provider stands in for a column', () => {
  expect(resolve('token', { provider: 'polar' })).toEqual(['token']);
});

describe('refuses', () => {
  test.each([
    ['provider,value', {}, /--map token=value$/],
    ['provider,Access Token', {}, /--map 'token=Access Token'$/],
    ['provider,tok_canary', {}, /--columns/],
    ['token', {}, /--provider ID/],
    ['provider,token,Token', {}, /Columns 2 and 3 are both token/],
    ['provider,token,refesh_token', {}, /"refesh_token".*--ignore-unknown/],
    ['provider,token', { map: { ref: 'user' } }, /--map ref=/],
  ])('%s', (header, settings, message) => {
    expect(() => resolve(header, settings)).toThrow(message);
  });

  test('a first line that is no header, without showing it', () => {
    const attempt = () => resolve('polar,polar_at_u_canary,access_token');
    expect(attempt).toThrow(/--columns/);
    expect(attempt).not.toThrow(/canary/);
  });

  test.each(['token', 'token=', 'tokn=a', 'token=a,token=b'])('--map %s', (text) => {
    expect(() => readMap([text])).toThrow(/--map/);
  });
});
