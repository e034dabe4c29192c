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

/** Threads of one inference, by what waits for it. */
export interface ThreadPlan {
  /** A photo alone: nobody else needs the cores. */
  single: number;
  /** A batch: it forms under load, when the event loop needs a core for the next one's photos. */
  batch: number;
}

/** More threads than this do not make a network of this size faster; they only wait for each other. */
const MOST_USEFUL = 8;

/** Each takes memory for the networks once more; what more of them give on many cores was not measured. */
const MOST_INSTANCES = 2;

/** @param wanted taken as it is; 0 for the rule: one on one core, else two, so that one computes while the other is fed. */
export function instancesFor(wanted: number, cores: number): number {
  return wanted > 0 ? wanted : Math.min(cores, MOST_INSTANCES);
}

/** The instance of an engine that a plan is for. */
export interface InstanceOf {
  /** Engines that share the cores; 1 by default. */
  instances?: number | undefined;
  /** Which of them, from 0. */
  instance?: number | undefined;
}

/**
 * The rule for 2, 8 and 64 cores: a photo alone takes 2, 8, 8 threads and a batch 1, 7, 8; or, by one of two instances,
 * 1, 4, 8: the event loop has the higher priority, and takes what it needs. A photo alone that meets a busy first
 * instance has no more threads than a batch, as it gets no more cores.
 * @param wanted taken as it is; 0 for the rule.
 */
export function threadPlan(
  wanted: number,
  cores: number,
  { instances = 1, instance = 0 }: InstanceOf = {},
): ThreadPlan {
  if (wanted > 0) return { single: wanted, batch: wanted };
  const share = instances === 1 ? cores - 1 : Math.floor(cores / instances);
  const batch = Math.max(1, Math.min(share, MOST_USEFUL));
  return { single: instance === 0 ? Math.min(cores, MOST_USEFUL) : batch, batch };
}
