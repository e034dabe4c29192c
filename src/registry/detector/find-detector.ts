import { messageOf } from '../../common/errors.ts';
import type { DetectorReference } from './detector-manifest.ts';
import { RegistryError, type LocalDetector, type TrustOptions } from '../registry.ts';
import { readLocalDetector, requireReferenced, shippedDetector } from './local-detector.ts';

/** A place where a detector may be. It rejects with the reason where it has no detector that fits. */
export type DetectorPlace = (
  reference: DetectorReference,
  signal?: AbortSignal,
) => Promise<LocalDetector>;

/**
 * Returns the detector from the first place that has it.
 * @throws RegistryError with the reason of each place; the signal's reason
 */
export async function findDetector(
  places: readonly DetectorPlace[],
  reference: DetectorReference,
  signal?: AbortSignal,
): Promise<LocalDetector> {
  const reasons: string[] = [];
  for (const place of places) {
    signal?.throwIfAborted();
    try {
      return await place(reference, signal);
    } catch (error) {
      signal?.throwIfAborted();
      reasons.push(messageOf(error));
    }
  }
  const { name, version, sha256 } = reference;
  throw new RegistryError(
    `the version needs ${name} ${version} with the network ${sha256}, which cannot be used: ${reasons.join('; ')}`,
  );
}

/**
 * A detector in its folder on this machine, if it is the one that the reference names.
 * @throws RegistryError
 */
export async function detectorIn(
  directory: string,
  reference: DetectorReference,
  signal?: AbortSignal,
): Promise<LocalDetector> {
  const detector = await readLocalDetector(directory, signal);
  requireReferenced(detector.manifest, reference, directory);
  return detector;
}

/** The copy inside this package. */
export const packagedDetector: DetectorPlace = (reference, signal) =>
  detectorIn(shippedDetector(reference.version), reference, signal);

/**
 * Where a registry looks for detectors. With a public key, the package comes first: a version's signature covers the
 * network of its detector, but not the detector's manifest.
 * @param own the registry itself
 */
export function placesOf(own: DetectorPlace, { publicKey }: TrustOptions): DetectorPlace[] {
  return publicKey === undefined ? [own, packagedDetector] : [packagedDetector, own];
}
