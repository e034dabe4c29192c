import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import {
  PreconditionFailedError,
  type Transferred,
  type WritableStore,
} from '../../src/storage/writable-store.ts';
import { ObjectUnreadableError, StorageError } from '../../src/storage/object-store.ts';

/** A store in memory that takes a turn of the event loop for each request, so that writers meet. */
export class WritableMemoryStore implements WritableStore {
  readonly location = 'memory';
  readonly objects = new Map<string, Buffer<ArrayBuffer>>();
  /** Thrown by the next request instead of an answer; where `done`, after the request was carried out. */
  fault: { done: boolean } | undefined;

  async *list(folder = '') {
    await turn();
    for (const [key, bytes] of this.objects)
      if (key.startsWith(folder)) yield { key, bytes: bytes.length, stamp: stampOf(bytes) };
  }

  async read(key: string) {
    await this.#answer();
    const bytes = this.objects.get(key);
    if (bytes === undefined) throw new ObjectUnreadableError(`cannot read ${key}`);
    return bytes;
  }

  async readIfChanged(key: string, stamp?: string) {
    await this.#answer();
    const bytes = this.objects.get(key);
    if (bytes === undefined) return { outcome: 'missing' as const };
    const found = stampOf(bytes);
    if (found === stamp) return { outcome: 'unchanged' as const };
    return { outcome: 'found' as const, bytes, stamp: found };
  }

  async put(
    key: string,
    content: Uint8Array,
    condition?: { ifAbsent: true } | { ifMatch: string },
  ) {
    const fault = this.fault;
    if (fault?.done !== true) await this.#answer();
    const now = this.objects.get(key);
    const stamp = now === undefined ? undefined : stampOf(now);
    const wanted =
      condition !== undefined && 'ifMatch' in condition ? condition.ifMatch : undefined;
    if (condition !== undefined && stamp !== wanted) throw new PreconditionFailedError(key);
    this.objects.set(key, Buffer.from(content));
    if (fault?.done === true) await this.#answer();
    return stampOf(content);
  }

  async upload(key: string, source: Uint8Array | { file: string }): Promise<Transferred> {
    const bytes = source instanceof Uint8Array ? source : await readFile(source.file);
    await this.put(key, bytes);
    return { bytes: bytes.length, sha256: stampOf(bytes) };
  }

  async download(key: string, file: string): Promise<Transferred> {
    const bytes = await this.read(key);
    await writeFile(file, bytes);
    return { bytes: bytes.length, sha256: stampOf(bytes) };
  }

  async delete(key: string): Promise<void> {
    await this.#answer();
    this.objects.delete(key);
  }

  async #answer(): Promise<void> {
    await turn();
    if (this.fault === undefined) return;
    this.fault = undefined;
    throw new StorageError('no answer');
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function stampOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
