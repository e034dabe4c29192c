/**
 * A set for members that come and go with every request. Each member knows its slot, which is reused once it is free.
 * A built-in Set would rebuild its table every few members, and the old tables would keep their members alive until the
 * next major garbage collection.
 */
export class Slots<Item extends object> {
  readonly #items: (Item | undefined)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#items.length - this.#free.length;
  }

  /** @returns the slot, to be passed to `remove` once */
  add(item: Item): number {
    const slot = this.#free.pop() ?? this.#items.length;
    this.#items[slot] = item;
    return slot;
  }

  remove(slot: number): void {
    this.#items[slot] = undefined;
    this.#free.push(slot);
  }

  /** Iterates in no particular order; members may be removed meanwhile. */
  *[Symbol.iterator](): Generator<Item> {
    for (const item of this.#items) if (item !== undefined) yield item;
  }
}
