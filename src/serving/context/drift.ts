import { DriftMonitor, type DriftFacts } from '../drift/drift-monitor.ts';
import type { Base } from './base.ts';

/**
 * Watches the photos of the version that serves, unless the settings say not to.
 * @param onDrift what drift calls for beyond a line in the log and a count
 */
export function createDriftMonitor(
  { config, logger, metrics }: Base,
  onDrift?: (facts: DriftFacts) => void,
): DriftMonitor | undefined {
  if (config.DRIFT_WINDOW_PHOTOS === 0) return undefined;
  return new DriftMonitor({
    windowPhotos: config.DRIFT_WINDOW_PHOTOS,
    threshold: config.DRIFT_PSI_THRESHOLD,
    coolDownMs: config.DRIFT_COOL_DOWN_SECONDS * 1000,
    features: config.DRIFT_FEATURES,
    logger,
    metrics,
    onDrift,
  });
}
