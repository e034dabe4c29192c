import { describe, expect, it } from 'vitest';
import { choosePrecision, planPrecision } from '../../../src/registry/loading/precision.ts';
import { int8Form } from '../../support/models/int8-version.ts';

const engine = { name: 'onnxruntime' } as const;
const tensorflow = { name: 'tensorflow' } as const;
const vnni = { integerDotProduct: 'yes' } as const;
const plain = { version: 4 };
const both = { version: 4, int8: int8Form() };

describe('planPrecision', () => {
  it('times both precisions if nothing rules out 8 bits', () => {
    expect(planPrecision('auto', both, engine, vnni)).toEqual({ kind: 'race' });
  });

  it.each([
    ['the engine cannot run it', both, tensorflow, vnni, 'tensorflow cannot run an 8-bit graph'],
    ['there is none', plain, engine, vnni, 'version 4 has no 8-bit graph'],
    ['the CPU has no VNNI', both, engine, { integerDotProduct: 'no' } as const, 'VNNI'],
    [
      'the CPU is unknown',
      both,
      engine,
      { integerDotProduct: 'unknown' } as const,
      'unknown whether',
    ],
    [
      'it costs too much',
      { version: 4, int8: int8Form({ maeCost: 0.051 }) },
      engine,
      vnni,
      '8 bits cost 0.05 years of MAE',
    ],
  ])('chooses 32 bits if %s, and says so', (_why, manifest, runtime, cpu, reason) => {
    expect(planPrecision('auto', manifest, runtime, cpu)).toEqual({
      kind: 'settled',
      precision: 'fp32',
      reason: expect.stringContaining(reason) as string,
    });
  });

  it('uses the requested precision, whatever the CPU and the cost', () => {
    const costly = { version: 4, int8: int8Form({ maeCost: 1 }) };
    const plan = planPrecision('int8', costly, engine, { integerDotProduct: 'no' });
    expect(plan).toEqual({ kind: 'settled', precision: 'int8', reason: 'PRECISION=int8' });
    expect(planPrecision('fp32', both, engine, vnni)).toMatchObject({ precision: 'fp32' });
  });

  it('refuses 8 bits that are not available, and says what to do', () => {
    expect(() => planPrecision('int8', plain, engine, vnni)).toThrow(
      'PRECISION=int8, but version 4 has no 8-bit graph; use PRECISION=auto',
    );
    expect(() => planPrecision('int8', both, tensorflow, vnni)).toThrow(
      'PRECISION=int8, but tensorflow cannot run an 8-bit graph; use PRECISION=auto',
    );
  });
});

describe('choosePrecision', () => {
  it('chooses the faster one and reports its gain and cost', () => {
    expect(choosePrecision({ fp32Ms: 1.6, int8Ms: 0.6 }, both)).toEqual({
      precision: 'int8',
      reason: '0.60 ms a photo in 8 bits, 1.60 ms in 32; MAE +0.010 years',
    });
    expect(choosePrecision({ fp32Ms: 1.6, int8Ms: 1.6 }, both).precision).toBe('fp32');
  });
});
