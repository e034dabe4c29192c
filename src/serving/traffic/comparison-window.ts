import { ArmFigures, Differences, type Arm } from './batch-times.ts';

const SLOT_MIN_MS = 1000;
/** A slot lasts until the canary has this many photos, so that the window grows where there is little traffic. */
const SLOT_MIN_PHOTOS = 5;
const SLOTS = 60;

/** The figures of one time slot, the same for both versions, so that disturbances of the machine affect both. */
export class ComparisonSlot {
  readonly canary = new ArmFigures();
  readonly production = new ArmFigures();
  readonly differences = new Differences();

  addAll(other: ComparisonSlot): void {
    this.canary.addAll(other.canary);
    this.production.addAll(other.production);
    this.differences.addAll(other.differences);
  }
}

/** The recent figures of canary and production: the last minute, or the canary's last 300 photos if that is longer. */
export class ComparisonWindow {
  #slots: { sinceMs: number; slot: ComparisonSlot }[] = [];

  addAnswer(arm: Arm, batchSize: number, inferenceMs: number, nowMs: number): void {
    this.#slotAt(nowMs)[arm].times.add(batchSize, inferenceMs);
  }

  addFailure(arm: Arm, nowMs: number): void {
    this.#slotAt(nowMs)[arm].failed += 1;
  }

  addDifference(years: number, nowMs: number): void {
    this.#slotAt(nowMs).differences.add(years);
  }

  sum(): ComparisonSlot {
    const total = new ComparisonSlot();
    for (const { slot } of this.#slots) total.addAll(slot);
    return total;
  }

  #slotAt(nowMs: number): ComparisonSlot {
    const latest = this.#slots.at(-1);
    if (latest !== undefined) {
      const isDone =
        nowMs - latest.sinceMs >= SLOT_MIN_MS && latest.slot.canary.photos >= SLOT_MIN_PHOTOS;
      if (!isDone) return latest.slot;
    }
    const slot = new ComparisonSlot();
    this.#slots = [...this.#slots, { sinceMs: nowMs, slot }].slice(-SLOTS);
    return slot;
  }
}
