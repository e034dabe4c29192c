import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  DETECTOR_GRAPH,
  DETECTOR_NAME,
  type DetectorManifest,
  type DetectorReference,
} from './detector-manifest.ts';
import { detectorOf } from '../framing.ts';
import type { Manifest } from '../manifest.ts';
import { MANIFEST_FILE, type RegistryStore } from '../registry-store.ts';
import { RegistryError, type ListedDetector, type NewVersion } from '../registry.ts';
import {
  PreconditionFailedError,
  type DownloadOptions,
  type Transferred,
} from '../store/object-store.ts';
import { packagedDetector } from './find-detector.ts';
import { parseDetectorManifest, requireReferenced } from './local-detector.ts';

/** A detector's manifest and its exact bytes. */
export interface StoredDetector {
  manifest: DetectorManifest;
  text: Buffer;
}

type NumberedDetector = Pick<DetectorReference, 'version'>;

const DETECTOR_KEY = /^[^/]+\/([1-9]\d*)\//;

/** The detectors of a registry, `face-detector/<version>/`, in any store. Each method throws RegistryError. */
export class StoredDetectors {
  readonly #store: RegistryStore;

  constructor(store: RegistryStore) {
    this.#store = store;
  }

  /** Reads the manifest of the detector that the reference names. */
  async read(reference: DetectorReference): Promise<StoredDetector> {
    const at = this.#pathOf(reference, MANIFEST_FILE);
    const found = await this.#find(reference);
    if (found === undefined) throw new RegistryError(`${at} does not exist`);
    requireReferenced(found.manifest, reference, at);
    return found;
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

  /** @param users the versions that name a detector, by its number */
  async list(users: ReadonlyMap<number, string[]>): Promise<ListedDetector[]> {
    const modified = new Map<number, number>();
    await this.#store.ask(async (store) => {
      for await (const { key, modifiedMs } of store.list(`${DETECTOR_NAME}/`)) {
        const version = Number(DETECTOR_KEY.exec(key)?.[1] ?? 0);
        if (version > 0) modified.set(version, Math.max(modifiedMs, modified.get(version) ?? 0));
      }
    });
    return [...modified]
      .toSorted(([a], [b]) => a - b)
      .map(([version, ms]) => ({
        version,
        modifiedAt: new Date(ms),
        namedBy: users.get(version) ?? [],
      }));
  }

  /**
   * See RegistryWriter.removeDetector. A publisher that found the detector before it was removed either writes its
   * manifest before the second check, or finds the detector missing after that: one of both stores it again.
   * @param isNamed whether a version names it
   */
  async remove(version: number, isNamed: () => Promise<boolean>): Promise<boolean> {
    if (await isNamed()) return false;
    const files = new Map<string, Buffer>();
    for (const file of [DETECTOR_GRAPH, MANIFEST_FILE]) {
      const content = await this.#read({ version }, file);
      if (content !== undefined) files.set(file, content);
    }
    await this.#store.ask(async (store) => {
      for (const file of [MANIFEST_FILE, DETECTOR_GRAPH])
        await store.delete(detectorKey(version, file));
    });
    let isUnused = false;
    try {
      isUnused = !(await isNamed());
    } finally {
      if (!isUnused)
        for (const [file, content] of files) await this.#create({ version }, file, content);
    }
    return isUnused;
  }

  /** Returns a function that stores the detector of a version that is being published. */
  writerFrom(source: NewVersion['detectorFrom']): (reference: DetectorReference) => Promise<void> {
    return (reference) => this.#ensure(reference, source);
  }

  /**
   * Stores the detector of a version again if it was removed after the publisher had found it: whoever removes
   * detectors does not see a version before it has a manifest. Does its best, as the version exists by now.
   */
  async restore(manifest: Manifest, source: NewVersion['detectorFrom']): Promise<void> {
    const reference = detectorOf(manifest);
    if (reference !== undefined) await this.#ensure(reference, source).catch(() => undefined);
  }

  /**
   * Stores a detector unless it is there: its network first, its manifest last. Publishers may do so at the same time.
   * @throws RegistryError if another detector has the number
   */
  async #ensure(reference: DetectorReference, source: NewVersion['detectorFrom']): Promise<void> {
    if (await this.#isComplete(reference)) return;
    const find = source === undefined ? packagedDetector : source.fetchDetector.bind(source);
    const { directory } = await find(reference);
    const graph = await readFile(path.join(directory, DETECTOR_GRAPH));
    if (!(await this.#create(reference, DETECTOR_GRAPH, graph)))
      await this.#requireGraph(reference);
    const text = await readFile(path.join(directory, MANIFEST_FILE));
    if (!(await this.#create(reference, MANIFEST_FILE, text))) await this.#isComplete(reference);
  }

  /**
   * Whether both files are there, the network with the size that the manifest says.
   * @throws RegistryError if they belong to another detector
   */
  async #isComplete(reference: DetectorReference): Promise<boolean> {
    const found = await this.#find(reference);
    if (found === undefined) return false;
    const { path: file, bytes, sha256 } = found.manifest.files[0]!;
    if (sha256 !== reference.sha256) throw this.#conflict(reference, sha256);
    const sizes = await this.#store.sizesIn(detectorKey(reference.version, ''));
    return sizes.get(detectorKey(reference.version, file)) === bytes;
  }

  /** Undefined where the registry has no detector with this version. */
  async #find(reference: DetectorReference): Promise<StoredDetector | undefined> {
    const text = await this.#read(reference, MANIFEST_FILE);
    if (text === undefined) return undefined;
    const at = this.#pathOf(reference, MANIFEST_FILE);
    const manifest = parseDetectorManifest(text.toString('utf8'), at);
    return { manifest, text };
  }

  /** Somebody else has written a network: it must be the same one. */
  async #requireGraph(reference: DetectorReference): Promise<void> {
    const graph = await this.#read(reference, DETECTOR_GRAPH);
    const sha256 = createHash('sha256')
      .update(graph ?? '')
      .digest('hex');
    if (sha256 !== reference.sha256) throw this.#conflict(reference, sha256);
  }

  #conflict(reference: DetectorReference, sha256: string): RegistryError {
    const folder = this.#pathOf(reference, '').replace(/\/$/, '');
    return new RegistryError(
      `${folder} has a network with SHA-256 ${sha256}, but the version names ${reference.sha256}; ` +
        'a detector is never overwritten: give the new one another version, or remove the folder if it is damaged',
    );
  }

  async #read({ version }: NumberedDetector, file: string): Promise<Buffer | undefined> {
    const key = detectorKey(version, file);
    const found = await this.#store.ask((store) => store.readIfChanged(key));
    return found.outcome === 'found' ? found.bytes : undefined;
  }

  /** Returns false if the file exists. */
  async #create(
    { version }: NumberedDetector,
    file: string,
    content: Uint8Array,
  ): Promise<boolean> {
    return this.#store.ask(async (store) => {
      try {
        await store.put(detectorKey(version, file), content, { ifAbsent: true });
        return true;
      } catch (error) {
        if (error instanceof PreconditionFailedError) return false;
        throw error;
      }
    });
  }

  #pathOf({ version }: DetectorReference, file: string): string {
    return this.#store.pathOf(detectorKey(version, file));
  }
}

function detectorKey(version: number, file: string): string {
  return `${DETECTOR_NAME}/${version}/${file}`;
}
