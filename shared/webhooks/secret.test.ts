import { describe, expect, it } from 'vitest';
import { parseSecrets, SourceSecretFault } from './secret.ts';

const problem = (secret: string) => (secret.length < 8 ? 'is too short' : undefined);

describe('the secret of a source', () => {
  it('is one, or some while one takes the place of another', () => {
    expect(parseSecrets('{"secrets":["12345678","abcdefgh"]}', problem)).toEqual([
      '12345678',
      'abcdefgh',
    ]);
  });

  it.each([
    ['canary', /must be/],
    ['"canary"', /must be/],
    ['{"secret":"canary12"}', /must be/],
    ['{"secrets":[]}', /must be/],
    ['{"secrets":["canary12"],"key":"canary"}', /must be/],
    ['{"secrets":["12345678","canary"]}', /secrets\.1 is too short/],
  ])('%j is refused without being quoted', (text, message) => {
    const parse = () => parseSecrets(text, problem);
    expect(parse).toThrow(SourceSecretFault);
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(/canary/);
  });
});
