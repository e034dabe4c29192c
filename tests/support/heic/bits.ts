/** Writes bits, the highest first, as video standards describe their syntax. */
export class BitWriter {
  readonly #bytes: number[] = [];
  #bit = 0;

  /** `count` bits of an unsigned number. */
  u(value: number, count: number): this {
    for (let bit = count - 1; bit >= 0; bit -= 1) this.#put(Math.floor(value / 2 ** bit) % 2);
    return this;
  }

  /** Exponential Golomb code of an unsigned number (H.265 §9.2). */
  ue(...values: readonly number[]): this {
    for (const value of values) {
      const length = Math.floor(Math.log2(value + 1));
      this.u(0, length).u(value + 1, length + 1);
    }
    return this;
  }

  /** A one, then zeros up to the end of the byte: `rbsp_trailing_bits` and `byte_alignment`. */
  trail(): this {
    return this.u(1, 1).align();
  }

  align(): this {
    while (this.#bit !== 0) this.#put(0);
    return this;
  }

  /** Whole bytes; the writer must be aligned. */
  raw(bytes: Iterable<number>): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  bytes(): Buffer {
    return Buffer.from(this.#bytes);
  }

  #put(bit: number): void {
    if (this.#bit === 0) this.#bytes.push(0);
    this.#bytes[this.#bytes.length - 1]! |= bit << (7 - this.#bit);
    this.#bit = (this.#bit + 1) % 8;
  }
}
