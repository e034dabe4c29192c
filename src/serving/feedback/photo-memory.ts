import type { Clock } from '../../common/clock.ts';
import type { FeedbackAnswer } from '../../registry/feedback/feedback-record.ts';

/** An answered photo, remembered while feedback may name its prediction. */
export interface RememberedPhoto {
  bytes: Uint8Array;
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

/** Upper bound of an entry's memory beyond its photo: id, answer, map entry. */
const ENTRY_BYTES = 1_000;

interface Entry extends RememberedPhoto {
  /** On the scale of the clock. */
  untilMs: number;
}

/**
 * Remembers the latest photos by the id of their prediction: none for longer than `keepMs`, and together never more than
 * `maxBytes`, for which the oldest are dropped. It is no LRU cache: a recall does not prolong how long a photo is kept,
 * and a timer of the injected clock removes expired photos even where nobody asks for them.
 */
export class PhotoMemory {
  readonly #options: PhotoMemoryOptions;
  readonly #entries = new Map<string, Entry>();
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

  /** Replaces an earlier photo of the same id. Drops a photo that is larger than all of the memory. */
  remember(id: string, { bytes, answer }: RememberedPhoto): void {
    const { maxBytes, keepMs, clock } = this.#options;
    this.forget(id);
    const size = bytes.length + ENTRY_BYTES;
    if (size > maxBytes) return;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes + size <= maxBytes) break;
      this.forget(oldest);
    }
    // A copy, as the bytes may be a view of a whole request.
    const entry = { bytes: new Uint8Array(bytes), answer, untilMs: clock.now() + keepMs };
    this.#entries.set(id, entry);
    this.#count(size);
    this.#cancelTimer ??= clock.after(keepMs, () => this.#expire());
  }

  /** Undefined where the photo is unknown or has expired. */
  recall(id: string): RememberedPhoto | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined || entry.untilMs <= this.#options.clock.now() ? undefined : entry;
  }

  forget(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#count(-entry.bytes.length - ENTRY_BYTES);
  }

  clear(): void {
    for (const id of this.#entries.keys()) this.forget(id);
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** Removes expired photos and schedules itself for the next one. */
  #expire(): void {
    const { clock } = this.#options;
    this.#cancelTimer = undefined;
    for (const [id, { untilMs }] of this.#entries) {
      if (untilMs > clock.now()) {
        this.#cancelTimer = clock.after(untilMs - clock.now(), () => this.#expire());
        return;
      }
      this.forget(id);
    }
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#options.onBytes?.(this.#bytes);
  }
}
