import { describe, expect, it } from 'vitest';
import { functionPart } from '../testing/parts.ts';
import { type Synthesis, synthesise } from '../testing/synthesis.ts';

const functionsOf = (synthesis: Synthesis) =>
  synthesis.all('AWS::Lambda::Function').map((lambda) => functionPart(lambda, synthesis));

describe('tracing', () => {
  it('is off, and allows nothing, until it is switched on', async () => {
    for (const { lambda, role } of functionsOf(await synthesise())) {
      expect(lambda.properties.TracingConfig).toBeUndefined();
      expect(role.actions.filter((action) => action.startsWith('xray:'))).toEqual([]);
    }
  });

  it('is on for every function, which may then send traces and do nothing else besides', async () => {
    const off = functionsOf(await synthesise());
    const on = functionsOf(await synthesise({ tracing: 'true' }));
    expect(on.length).toBe(off.length);
    for (const [index, { lambda, role }] of on.entries()) {
      expect(lambda.properties.TracingConfig).toEqual({ Mode: 'Active' });
      const before = off[index]?.role.actions ?? [];
      expect(role.actions.filter((action) => !before.includes(action))).toEqual([
        'xray:PutTelemetryRecords',
        'xray:PutTraceSegments',
      ]);
    }
  });
});
