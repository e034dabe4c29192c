import { effectiveThresholds } from '../../registry/gate/gate-config.ts';
import type { RegistryWriter } from '../../registry/registry.ts';
import type { GateOptions } from './gate-options.ts';
import { checkOrigins, openGateSet, type GateSet } from './gate-set.ts';

/** The gate that a training run will meet. */
export type UpcomingGate = Pick<
  GateOptions,
  'model' | 'set' | 'split' | 'valShare' | 'cache' | 'groups'
> & {
  /** The version that serves; null if none does. */
  champion: number | null;
};

/**
 * Why the gate could only hold or refuse a challenger, whatever it answers, so that training one would be in vain; empty if the
 * gate can decide. How many faces the challenger finds is only known afterwards.
 * @throws Error as `openGateSet` and `checkOrigins`
 */
export async function reasonsUndecidable(
  registry: RegistryWriter,
  gate: UpcomingGate,
): Promise<string[]> {
  const { minPhotos } = effectiveThresholds(await registry.readGateConfig(gate.model));
  const set = await openGateSet(gate);
  const tooFew = tooFewPhotos(set, minPhotos);
  if (gate.champion === null) return tooFew;
  const versions = [gate.champion];
  const { refusals } = await checkOrigins(registry, gate.model, versions, set.checked);
  return [...tooFew, ...refusals];
}

function tooFewPhotos({ photos, about, dataset }: GateSet, minPhotos: number): string[] {
  const exact = photos.filter(({ age }) => age.min === age.max).length;
  const ranges = photos.length - exact;
  if (Math.max(exact, ranges) >= minPhotos) return [];
  const all = dataset.photos.length;
  const advice =
    about.split !== 'all' && all >= minPhotos
      ? `set GATE_SPLIT=all, which has ${all}, if none of them are trained on, or use another set (GATE_SET)`
      : 'use a larger set (GATE_SET)';
  return [
    `split "${about.split}" of ${dataset.location} has ${exact} photos with exact ages and ${ranges} with ranges, and a decision ` +
      `needs at least ${minPhotos} of one kind (minPhotos): ${advice}, or lower minPhotos with gate-config`,
  ];
}
