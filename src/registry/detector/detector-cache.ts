import path from 'node:path';
import { DETECTOR_NAME, type DetectorReference } from './detector-manifest.ts';
import { createCopy } from '../local-copy.ts';
import { discard, removeAbandoned } from '../partial-folder.ts';
import { RegistryError, type LocalDetector } from '../registry.ts';
import { detectorIn } from './find-detector.ts';
import type { StoredDetectors } from './stored-detectors.ts';

/**
 * Local copies of the detectors of one store, `face-detector/<SHA-256 of the network>/`. Processes may share the folder: a
 * copy is there completely or not at all. Copies are small and stay.
 */
export class DetectorCache {
  readonly #folder: string;
  readonly #detectors: StoredDetectors;

  /** @param root the folder of the copies of this store */
  constructor(root: string, detectors: StoredDetectors) {
    this.#folder = path.join(root, DETECTOR_NAME);
    this.#detectors = detectors;
  }

  /**
   * Returns an intact copy without accessing the store, or else downloads the detector. A damaged copy is replaced.
   * @throws RegistryError; an error of the local disk; the signal's reason
   */
  async fetch(reference: DetectorReference, signal?: AbortSignal): Promise<LocalDetector> {
    const directory = path.join(this.#folder, reference.sha256);
    try {
      return await detectorIn(directory, reference, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof RegistryError)) throw error;
    }
    await discard(directory);
    await this.#download(reference, directory, signal);
    return detectorIn(directory, reference, signal);
  }

  async #download(
    reference: DetectorReference,
    directory: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const { manifest, text } = await this.#detectors.read(reference);
    const { version, files } = manifest;
    await removeAbandoned(this.#folder);
    await createCopy(directory, { files, text }, ({ path: file, bytes: maxBytes }, to) =>
      this.#detectors.download(version, file, to, { maxBytes, signal }),
    );
  }
}
