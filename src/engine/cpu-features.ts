import { readFileSync } from 'node:fs';

/** What matters of a processor to 8-bit inference. */
export interface CpuFeatures {
  /**
   * Whether it sums four products of 8-bit integers in one instruction: VNNI on x86, DotProd on Arm. Without it
   * integers are no faster than floats, and on x86 sums of two products saturate at 16 bits.
   */
  integerDotProduct: 'yes' | 'no' | 'unknown';
}

/** Flags of Linux's /proc/cpuinfo, by its word for them: x86, then Arm. */
const flagLines = [
  { line: /^flags\s*:(.*)$/m, dotProduct: ['avx512_vnni', 'avx_vnni'] },
  { line: /^Features\s*:(.*)$/m, dotProduct: ['asimddp'] },
];

/** Reads the text of /proc/cpuinfo; its processors are alike. */
export function parseCpuFeatures(cpuInfo: string): CpuFeatures {
  for (const { line, dotProduct } of flagLines) {
    const flags = line.exec(cpuInfo)?.[1]?.trim().split(/\s+/);
    if (flags === undefined) continue;
    const isThere = dotProduct.some((flag) => flags.includes(flag));
    return { integerDotProduct: isThere ? 'yes' : 'no' };
  }
  return { integerDotProduct: 'unknown' };
}

/** Of this machine; unknown where the system is not Linux. */
export function readCpuFeatures(): CpuFeatures {
  try {
    return parseCpuFeatures(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return { integerDotProduct: 'unknown' };
  }
}
