import { DETECTOR_NAME } from './detector-manifest.ts';
import { detectorOf } from '../framing.ts';
import type { RegistryStore } from '../registry-store.ts';
import type { StoredVersions } from '../versions.ts';

const MANIFEST_KEY = /^([^/]+)\/([1-9]\d*)\/manifest\.json$/;

/**
 * The versions of all models that name a detector, such as `face-age 5`, by the number of the detector. Versions that are
 * older than framing count, too, where they are served with a detector.
 * @throws RegistryError if a manifest cannot be read: then nobody knows what it names
 */
export async function detectorUsers(
  store: RegistryStore,
  versions: StoredVersions,
): Promise<Map<number, string[]>> {
  const users = new Map<number, string[]>();
  for (const key of (await store.sizesIn('')).keys()) {
    const [, model, version] = MANIFEST_KEY.exec(key) ?? [];
    if (model === undefined || model === DETECTOR_NAME) continue;
    const { manifest } = await versions.readManifest(model, Number(version));
    const detector = detectorOf(manifest)?.version;
    if (detector !== undefined)
      users.set(detector, [...(users.get(detector) ?? []), `${model} ${version}`]);
  }
  return users;
}
