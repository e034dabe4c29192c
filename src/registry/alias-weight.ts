/** The alias of a version that answers a share of the traffic; its pointer has a weight. */
export const CANARY_ALIAS = 'canary';
/** The alias of a version that is shown copies of photos, and whose answers nobody gets. */
export const SHADOW_ALIAS = 'shadow';

/** A canary without a share of the traffic, or a share for an alias that takes none. */
export class WeightError extends Error {
  override readonly name = 'WeightError';
}

/**
 * Holds a share against the alias that it is meant for.
 * @throws WeightError saying what to give
 */
export function assertWeight(alias: string, weight: number | undefined): void {
  if (alias !== CANARY_ALIAS) {
    if (weight === undefined) return;
    throw new WeightError(`Only "${CANARY_ALIAS}" takes a weight; "${alias}" has none.`);
  }
  if (weight !== undefined && weight >= 0 && weight <= 1) return;
  throw new WeightError(
    `"${CANARY_ALIAS}" takes a weight from 0 to 1: the share of the traffic that it answers.`,
  );
}
