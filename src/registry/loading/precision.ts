import type { CpuFeatures } from '../../inference/engine/cpu.ts';
import type { Engine, Precision } from '../../inference/engine/engine.ts';
import type { Manifest } from '../manifest.ts';
import { ArtifactError } from './verify-artifact.ts';

export type PrecisionSetting = 'auto' | Precision;

/** The arithmetic of a loaded version, and why it was chosen, for the log and for people. */
export interface PrecisionChoice {
  precision: Precision;
  reason: string;
}

/** The decision before a network is loaded: a precision, or that timing both must decide. */
export type PrecisionPlan = ({ kind: 'settled' } & PrecisionChoice) | { kind: 'race' };

/** The time of the same batch in each precision. */
export interface PrecisionTimes {
  fp32Ms: number;
  int8Ms: number;
}

/** Largest increase of the mean absolute error, in years, that `auto` accepts for speed. */
const MAX_MAE_COST = 0.05;

/**
 * Chooses the precision as far as possible without running a network.
 * @throws ArtifactError if int8 is requested and not available
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

/** Chooses the faster precision, given that the 8-bit form is accurate enough. */
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

/** Why 8 bits are impossible, if they are. */
function obstacleTo(
  { version, int8 }: Pick<Manifest, 'version' | 'int8'>,
  { name }: Pick<Engine, 'name'>,
): string | undefined {
  if (name !== 'onnxruntime') return `${name} cannot run an 8-bit graph`;
  return int8 === undefined ? `version ${version} has no 8-bit graph` : undefined;
}

/** Why 8 bits are not worth trying, if they are not. */
function doubtOf({ int8 }: Pick<Manifest, 'int8'>, cpu: CpuFeatures): string | undefined {
  if (cpu.integerDotProduct === 'no') return 'the CPU has no 8-bit dot product (VNNI)';
  if (cpu.integerDotProduct === 'unknown')
    return 'it is unknown whether the CPU has an 8-bit dot product';
  const cost = int8?.maeCost ?? 0;
  return cost > MAX_MAE_COST ? `8 bits cost ${cost.toFixed(2)} years of MAE` : undefined;
}

function signed(years: number): string {
  return `${years < 0 ? '−' : '+'}${Math.abs(years).toFixed(3)}`;
}
