import type { DetectorReference, DetectorManifest } from '../detector-manifest.ts';
import { DETECTOR_NAME } from '../detector-manifest.ts';
import { MANIFEST_FILE, type RegistryStore } from '../registry-store.ts';
import { RegistryError } from '../registry.ts';
import type { DownloadOptions, Transferred } from '../store/object-store.ts';
import { parseDetectorManifest, requireReferenced } from './local-detector.ts';

/** A detector's manifest and its exact bytes. */
export interface StoredDetector {
  manifest: DetectorManifest;
  text: Buffer;
}

/** The detectors of a registry, `face-detector/<version>/`, in any store. Each method throws RegistryError. */
export class StoredDetectors {
  readonly #store: RegistryStore;

  constructor(store: RegistryStore) {
    this.#store = store;
  }

  /** Undefined where the registry has no detector with the reference's version. */
  async find(reference: DetectorReference): Promise<StoredDetector | undefined> {
    const key = detectorKey(reference.version, MANIFEST_FILE);
    const at = this.#store.pathOf(key);
    const found = await this.#store.ask((store) => store.readIfChanged(key));
    if (found.outcome !== 'found') return undefined;
    const manifest = parseDetectorManifest(found.bytes.toString('utf8'), at);
    requireReferenced(manifest, reference, at);
    return { manifest, text: found.bytes };
  }

  /** Reads the manifest of the detector that the reference names. */
  async read(reference: DetectorReference): Promise<StoredDetector> {
    const found = await this.find(reference);
    if (found !== undefined) return found;
    throw new RegistryError(
      `${this.#store.pathOf(detectorKey(reference.version, MANIFEST_FILE))} does not exist`,
    );
  }

  /** Downloads a file of a detector. */
  download(
    version: number,
    file: string,
    to: string,
    options: DownloadOptions,
  ): Promise<Transferred> {
    return this.#store.ask((store) => store.download(detectorKey(version, file), to, options));
  }
}

export function detectorKey(version: number, file: string): string {
  return `${DETECTOR_NAME}/${version}/${file}`;
}
