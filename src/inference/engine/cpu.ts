import { readFileSync } from 'node:fs';

/** The processor features that matter to 8-bit inference. */
export interface CpuFeatures {
  /**
   * Whether one instruction sums four products of 8-bit integers: VNNI on x86, DotProd on Arm. Without it integers are
   * no faster than floats, and on x86 sums of two products saturate at 16 bits.
   */
  integerDotProduct: 'yes' | 'no' | 'unknown';
}

/** The line of Linux's /proc/cpuinfo that lists the flags: x86, then Arm. */
const flagLines = [
  { line: /^flags\s*:(.*)$/m, dotProduct: ['avx512_vnni', 'avx_vnni'] },
  { line: /^Features\s*:(.*)$/m, dotProduct: ['asimddp'] },
];

/** Parses the text of /proc/cpuinfo; the first processor stands for all. */
export function parseCpuFeatures(cpuInfo: string): CpuFeatures {
  for (const { line, dotProduct } of flagLines) {
    const flags = line.exec(cpuInfo)?.[1]?.trim().split(/\s+/);
    if (flags === undefined) continue;
    const isThere = dotProduct.some((flag) => flags.includes(flag));
    return { integerDotProduct: isThere ? 'yes' : 'no' };
  }
  return { integerDotProduct: 'unknown' };
}

/** Reads the features of this machine; unknown unless it runs Linux. */
export function readCpuFeatures(): CpuFeatures {
  try {
    return parseCpuFeatures(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return { integerDotProduct: 'unknown' };
  }
}

/** The number of threads of one inference. */
export interface ThreadPlan {
  /** For a single photo: nothing else needs the cores. */
  single: number;
  /** For a batch: batches form under load, when the event loop needs a core to decode the next photos. */
  batch: number;
}

/** More threads do not make a network of this size faster: they only wait for each other. */
const MAX_THREADS = 8;

/** Each instance holds its own copy of the networks; the benefit of more instances on many cores was not measured. */
const MAX_INSTANCES = 2;

/**
 * The number of engine instances.
 * @param requested 0 chooses: one on a single core, otherwise two, so that one computes while the other receives pixels
 */
export function instancesFor(requested: number, cores: number): number {
  return requested > 0 ? requested : Math.min(cores, MAX_INSTANCES);
}

/** Identifies the engine instance that a plan is for. */
export interface InstanceOf {
  /** Number of engines that share the cores; 1 by default. */
  instances?: number | undefined;
  /** Index of this engine, from 0. */
  instance?: number | undefined;
}

/**
 * Chooses the number of threads. On 2, 8 and 64 cores a single photo gets 2, 8, 8 threads and a batch 1, 7, 8; with two
 * instances a batch gets 1, 4, 8, because the event loop has the higher priority and takes the cores it needs. Only the
 * first instance gives a single photo more threads than a batch: the others are used while it is busy.
 * @param requested 0 applies this rule; any other number is used as it is
 */
export function threadPlan(
  requested: number,
  cores: number,
  { instances = 1, instance = 0 }: InstanceOf = {},
): ThreadPlan {
  if (requested > 0) return { single: requested, batch: requested };
  const share = instances === 1 ? cores - 1 : Math.floor(cores / instances);
  const batch = Math.max(1, Math.min(share, MAX_THREADS));
  return { single: instance === 0 ? Math.min(cores, MAX_THREADS) : batch, batch };
}
