import type { Clock } from '../../common/clock.ts';
import type { FeedbackAnswer } from '../../registry/feedback/feedback-record.ts';

/** A photo that was answered, for as long as its true age may be told by the prediction's id. */
export interface RememberedPhoto {
  bytes: Uint8Array;
  answer: FeedbackAnswer;
}

export interface PhotoMemoryOptions {
  /** Of all photos together. */
  maxBytes: number;
  keepMs: number;
  clock: Clock;
  /** Told of each change. */
  onBytes?: (bytes: number) => void;
}

/** What an entry takes beside its photo: ids, answer, places in maps; generously. */
const ENTRY_BYTES = 1_000;

interface Entry extends RememberedPhoto {
  /** On the clock's scale. */
  untilMs: number;
}

/**
 * The last photos by the id of their prediction, the oldest first; none for longer than `keepMs`, and together never
 * more than `maxBytes`, for which the oldest go.
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

  /** A later photo of the same id replaces the one before. */
  remember(id: string, { bytes, answer }: RememberedPhoto): void {
    const { maxBytes, keepMs, clock } = this.#options;
    this.forget(id);
    const size = bytes.length + ENTRY_BYTES;
    if (size > maxBytes) return;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes + size <= maxBytes) break;
      this.forget(oldest);
    }
    // A copy: the bytes may be a view of a whole request.
    const entry = { bytes: new Uint8Array(bytes), answer, untilMs: clock.now() + keepMs };
    this.#entries.set(id, entry);
    this.#count(size);
    this.#cancelTimer ??= clock.after(keepMs, () => this.#expire());
  }

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

  /** Lets go of what is too old, and comes again when the next one will be. */
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
