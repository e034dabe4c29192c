import { createHash } from 'node:crypto';
import type { Clock } from '../../common/clock.ts';
import type { Face } from '../../inference/faces/find-faces.ts';
import type { PhotoCrop } from '../../inference/preprocess/preprocess.ts';
import type { FeedbackAnswer } from '../../registry/feedback/feedback-record.ts';

/** A prediction, whose id is valid only for the client that asked for it. */
export interface OwnedPrediction {
  id: string;
  /** Identifies that client; undefined where clients are not known. */
  owner: string | undefined;
}

/** An answered photo, remembered while feedback may name its prediction. */
export interface RememberedPhoto {
  /** As sent. */
  bytes: Uint8Array;
  /** The part that was taken for the framed face, or searched for faces; undefined for the whole photo. */
  crop: PhotoCrop | undefined;
  /** In pixels of the whole photo, as displayed; undefined where the photo was taken for the framed face. */
  face: Pick<Face, 'box' | 'landmarks'> | undefined;
  answer: FeedbackAnswer;
}

export interface PhotoMemoryOptions {
  /** Maximum total size of all photos. */
  maxBytes: number;
  keepMs: number;
  clock: Clock;
  /** Called with the total size after each change. */
  onBytes?: (bytes: number) => void;
}

/** Upper bound of an entry's memory beyond its photo: id, answer, face, map entry. */
const ENTRY_BYTES = 2_000;

/** The bytes of a photo, which the entries of all its faces share. */
interface SharedBytes {
  bytes: Uint8Array;
  /** How many entries have it. Without any it is not counted any more, and not used again. */
  entries: number;
}

interface Entry extends Omit<RememberedPhoto, 'bytes'> {
  shared: SharedBytes;
  id: string;
  /** On the scale of the clock. */
  untilMs: number;
}

/**
 * Remembers the latest photos by the id of their prediction and its owner: none for longer than `keepMs`, and together never
 * more than `maxBytes`, for which the oldest are dropped. The faces of one photo share its bytes, which count once. It is no LRU cache: a recall does not prolong how long a photo is kept,
 * and a timer of the injected clock removes expired photos even where nobody asks for them.
 */
export class PhotoMemory {
  readonly #options: PhotoMemoryOptions;
  /** By `keyOf`, oldest first. */
  readonly #entries = new Map<string, Entry>();
  /** By the bytes that were given. */
  readonly #shared = new WeakMap<Uint8Array, SharedBytes>();
  #bytes = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: PhotoMemoryOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#entries.size;
  }

  /**
   * Replaces an earlier photo of the same id and owner. Drops a photo that is larger than all of the memory.
   * @param photo the caller must not change the bytes; they are copied once for all calls with the same array
   */
  remember(prediction: OwnedPrediction, { bytes, ...photo }: RememberedPhoto): void {
    const { maxBytes, keepMs, clock } = this.#options;
    const { id } = prediction;
    const key = keyOf(prediction);
    this.#drop(key);
    const known = this.#shared.get(bytes);
    const isKnown = known !== undefined && known.entries > 0;
    const size = ENTRY_BYTES + (isKnown ? 0 : bytes.length);
    if (size > maxBytes) return;
    // A copy, as the bytes may be a view of a whole request.
    const shared = isKnown ? known : { bytes: new Uint8Array(bytes), entries: 0 };
    // Before the oldest are dropped, which may be other faces of this photo.
    shared.entries += 1;
    this.#shared.set(bytes, shared);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes + size <= maxBytes) break;
      this.#drop(oldest);
    }
    this.#entries.set(key, { ...photo, id, shared, untilMs: clock.now() + keepMs });
    this.#count(size);
    this.#cancelTimer ??= clock.after(keepMs, () => this.#expire());
  }

  /** Undefined where the photo is unknown, has expired, or was answered to another client. */
  recall(prediction: OwnedPrediction): RememberedPhoto | undefined {
    const entry = this.#entries.get(keyOf(prediction));
    if (entry === undefined || entry.untilMs <= this.#options.clock.now()) return undefined;
    const { shared, crop, face, answer } = entry;
    return { bytes: shared.bytes, crop, face, answer };
  }

  /** Forgets a photo of this prediction, whoever owns that; other photos with the same id stay. */
  forget(id: string, sha256: string): void {
    for (const [key, entry] of this.#entries)
      if (entry.id === id && sha256Of(entry.shared.bytes) === sha256) this.#drop(key);
  }

  clear(): void {
    for (const key of this.#entries.keys()) this.#drop(key);
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** Removes expired photos and schedules itself for the next one. */
  #expire(): void {
    const { clock } = this.#options;
    this.#cancelTimer = undefined;
    for (const [key, { untilMs }] of this.#entries) {
      if (untilMs > clock.now()) {
        this.#cancelTimer = clock.after(untilMs - clock.now(), () => this.#expire());
        return;
      }
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    entry.shared.entries -= 1;
    const freed = entry.shared.entries === 0 ? entry.shared.bytes.length : 0;
    this.#count(-freed - ENTRY_BYTES);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#options.onBytes?.(this.#bytes);
  }
}

/** An owner is a hash in base64 and an id has no line breaks, so that different pairs have different keys. */
function keyOf({ id, owner = '' }: OwnedPrediction): string {
  return `${owner}\n${id}`;
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
