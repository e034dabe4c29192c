import { describe, expect, it } from 'vitest';
import { parseCpuFeatures } from '../../../src/inference/engine/cpu.ts';

const x86 = (flags: string) =>
  `processor\t: 0\nvendor_id\t: X\nflags\t\t: fpu ${flags}\nbugs\t: none\n`;

describe('parseCpuFeatures', () => {
  it.each([
    ['x86 with AVX-512 VNNI', x86('avx512bw avx512_vnni'), 'yes'],
    ['x86 with AVX VNNI', x86('avx2 avx_vnni fsrm'), 'yes'],
    ['x86 with neither', x86('avx2 avx512bw'), 'no'],
    ['x86 with a flag that only begins so', x86('avx_vnni_int16'), 'no'],
    ['Arm with DotProd', 'processor\t: 0\nFeatures\t: fp asimd asimddp\n', 'yes'],
    ['Arm without', 'processor\t: 0\nFeatures\t: fp asimd\n', 'no'],
    ['a text that says nothing of it', 'processor\t: 0\n', 'unknown'],
  ])('reads %s', (_what, text, integerDotProduct) => {
    expect(parseCpuFeatures(text)).toEqual({ integerDotProduct });
  });
});
