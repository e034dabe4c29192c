/**
 * A table of a FlatBuffers file, read without generated code: a table starts with the offset of its vtable, which holds
 * the place of each field (https://flatbuffers.dev/internals). Values are little-endian.
 */
export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;

  /** @param at position of the table */
  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
  }

  /** The root table of a file. */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getUint32(0, true));
  }

  byte(field: number, missing = 0): number {
    const at = this.#fieldAt(field);
    return at === undefined ? missing : this.#view.getInt8(at);
  }

  integer(field: number, missing = 0): number {
    const at = this.#fieldAt(field);
    return at === undefined ? missing : this.#view.getInt32(at, true);
  }

  /** A table that the field points to; undefined where the field is missing. */
  table(field: number): FlatTable | undefined {
    const at = this.#fieldAt(field);
    return at === undefined ? undefined : new FlatTable(this.#view, this.#target(at));
  }

  tables(field: number): FlatTable[] {
    const { start, length } = this.#vector(field);
    return Array.from({ length }, (_, i) => new FlatTable(this.#view, this.#target(start + 4 * i)));
  }

  integers(field: number): number[] {
    const { start, length } = this.#vector(field);
    return Array.from({ length }, (_, i) => this.#view.getInt32(start + 4 * i, true));
  }

  /** A copy of a vector of bytes, so that it is aligned for any typed array. */
  bytes(field: number): Uint8Array<ArrayBuffer> {
    const { start, length } = this.#vector(field);
    const { buffer, byteOffset } = this.#view;
    return new Uint8Array(buffer, byteOffset + start, length).slice();
  }

  #fieldAt(field: number): number | undefined {
    const vtable = this.#at - this.#view.getInt32(this.#at, true);
    const entry = 4 + 2 * field;
    if (entry >= this.#view.getUint16(vtable, true)) return undefined;
    const offset = this.#view.getUint16(vtable + entry, true);
    return offset === 0 ? undefined : this.#at + offset;
  }

  #target(at: number): number {
    return at + this.#view.getUint32(at, true);
  }

  #vector(field: number): { start: number; length: number } {
    const at = this.#fieldAt(field);
    if (at === undefined) return { start: 0, length: 0 };
    const vector = this.#target(at);
    return { start: vector + 4, length: this.#view.getUint32(vector, true) };
  }
}
