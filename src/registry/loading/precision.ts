import type { CpuFeatures } from '../../inference/engine/cpu.ts';
import type { Engine, Precision } from '../../inference/engine/engine.ts';
import type { Manifest } from '../manifest.ts';
import { ArtifactError } from './verify-artifact.ts';

export type PrecisionSetting = 'auto' | Precision;

/** The arithmetic that a version runs in, and why, for the log and for people. */
export interface PrecisionChoice {
  precision: Precision;
  reason: string;
}

/** What can be said before a network is loaded: which precision, or that only a race decides. */
export type PrecisionPlan = ({ kind: 'settled' } & PrecisionChoice) | { kind: 'race' };

/** Time of the same batch in either precision. */
export interface PrecisionTimes {
  fp32Ms: number;
  int8Ms: number;
}

/** Years of mean absolute error that `auto` gives for speed. */
const MOST_MAE_COST = 0.05;

/**
 * Settles the precision by all that is known without running anything.
 * @throws ArtifactError where int8 is wished for and cannot be had
 */
export function planPrecision(
  requested: PrecisionSetting,
  manifest: Pick<Manifest, 'version' | 'int8'>,
  engine: Pick<Engine, 'name'>,
  cpu: CpuFeatures,
): PrecisionPlan {
  const obstacle = obstacleTo(manifest, engine);
  if (requested === 'int8' && obstacle !== undefined)
    throw new ArtifactError(`PRECISION=int8, but ${obstacle}; use PRECISION=auto`);
  if (requested !== 'auto') return settled(requested, `PRECISION=${requested}`);
  const doubt = obstacle ?? doubtOf(manifest, cpu);
  return doubt === undefined ? { kind: 'race' } : settled('fp32', doubt);
}

/** The faster one of a version whose 8-bit form is near enough. */
export function choosePrecision(
  { fp32Ms, int8Ms }: PrecisionTimes,
  { int8 }: Pick<Manifest, 'int8'>,
): PrecisionChoice {
  const times = `${int8Ms.toFixed(2)} ms a photo in 8 bits, ${fp32Ms.toFixed(2)} ms in 32`;
  if (int8Ms >= fp32Ms) return { precision: 'fp32', reason: `as fast: ${times}` };
  return { precision: 'int8', reason: `${times}; MAE ${signed(int8?.maeCost ?? 0)} years` };
}

function settled(precision: Precision, reason: string): PrecisionPlan {
  return { kind: 'settled', precision, reason };
}

/** What makes 8 bits impossible. */
function obstacleTo(
  { version, int8 }: Pick<Manifest, 'version' | 'int8'>,
  { name }: Pick<Engine, 'name'>,
): string | undefined {
  if (name !== 'onnxruntime') return `${name} runs no 8-bit graph`;
  return int8 === undefined ? `version ${version} has no 8-bit graph` : undefined;
}

/** What makes 8 bits not worth trying. */
function doubtOf({ int8 }: Pick<Manifest, 'int8'>, cpu: CpuFeatures): string | undefined {
  if (cpu.integerDotProduct === 'no') return 'the CPU has no dot product of 8-bit integers (VNNI)';
  if (cpu.integerDotProduct === 'unknown')
    return 'it is not known whether the CPU has a dot product of 8-bit integers';
  const cost = int8?.maeCost ?? 0;
  return cost > MOST_MAE_COST ? `8 bits cost ${cost.toFixed(2)} years of MAE` : undefined;
}

function signed(years: number): string {
  return `${years < 0 ? '−' : '+'}${Math.abs(years).toFixed(3)}`;
}
