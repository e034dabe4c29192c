import { setImmediate as nextTurn } from 'node:timers/promises';

const kinds = { symbol: 1, space: 2, padding: 3, escape: 4 } as const;
/** The kind of each byte of base64 in JSON (RFC 4648, sections 4 and 5); 0 where it is a fault. */
const kindOf = new Uint8Array(256);
for (const byte of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_') {
  kindOf[byte.charCodeAt(0)] = kinds.symbol;
}
for (const byte of ' \t\n\v\f\r') kindOf[byte.charCodeAt(0)] = kinds.space;
kindOf['='.charCodeAt(0)] = kinds.padding;
kindOf['\\'.charCodeAt(0)] = kinds.escape;

/** Escapes of JSON that base64 may contain (RFC 8259, section 7), by the byte after the backslash. */
const escapes = new Map(
  Object.entries({ '/': '/', n: '\n', r: '\r', t: '\t', f: '\f' }).map(([name, denoted]) => [
    name.charCodeAt(0),
    denoted.charCodeAt(0),
  ]),
);
const BLANK = 0x20;
const UNICODE_ESCAPE = 'u'.charCodeAt(0);
const HEX_DIGITS = 4;

/** A multiple of four, so that each piece is decoded by itself; it takes about a millisecond. */
const PIECE_BYTES = 262_144;

/** Decodes one text; the result is undefined where it is not base64. */
class Base64Decoder {
  readonly #text: Buffer;
  readonly #inJson: boolean;
  readonly #piece: Buffer;
  readonly #bytes: Buffer;
  #at = 0;
  #written = 0;
  /** Those in the piece. */
  #symbols = 0;
  #isEmpty = true;
  #isPadded = false;
  /** After a blank that follows the padding. */
  #isClosed = false;
  #isValid = true;

  constructor(text: Buffer, inJson: boolean) {
    this.#text = text;
    this.#inJson = inJson;
    this.#piece = Buffer.allocUnsafe(Math.min(text.length, PIECE_BYTES));
    this.#bytes = Buffer.allocUnsafe(Math.ceil((text.length * 3) / 4));
  }

  /** Reads the next piece of the text and returns whether anything is left. */
  readPiece(): boolean {
    const stop = Math.min(this.#text.length, this.#at + PIECE_BYTES);
    let symbols = this.#symbols;
    while (symbols < this.#piece.length && this.#at < stop && this.#isValid) {
      const byte = this.#text[this.#at++]!;
      const kind = kindOf[byte]!;
      if (kind === kinds.symbol && !this.#isPadded) this.#piece[symbols++] = byte;
      else if (byte !== BLANK || this.#isPadded) symbols = this.#takeOther(byte, kind, symbols);
    }
    this.#symbols = symbols;
    const isLast = !this.#isValid || this.#at >= this.#text.length;
    if (isLast || symbols === this.#piece.length) this.#decode();
    return !isLast;
  }

  #decode(): void {
    const symbols = this.#piece.toString('latin1', 0, this.#symbols);
    this.#written += this.#bytes.write(symbols, this.#written, 'base64');
    this.#isEmpty &&= this.#symbols === 0;
    // One symbol is left over where four make three bytes.
    if (this.#symbols % 4 === 1) this.#isValid = false;
    this.#symbols = 0;
  }

  result(): Buffer | undefined {
    const isOnlyPadding = this.#isPadded && this.#isEmpty;
    return this.#isValid && !isOnlyPadding ? this.#bytes.subarray(0, this.#written) : undefined;
  }

  /** @returns the number of symbols in the piece */
  #takeOther(byte: number, kind: number, symbols: number): number {
    const denoted = kind === kinds.escape && this.#inJson ? this.#readEscape() : byte;
    const denotedKind = this.#isRawBreak(byte) ? 0 : (kindOf[denoted] ?? 0);
    if (denotedKind === kinds.space) this.#isClosed ||= this.#isPadded;
    else if (denotedKind === kinds.padding && !this.#isClosed) this.#isPadded = true;
    else if (denotedKind === kinds.symbol && !this.#isPadded) this.#piece[symbols++] = denoted;
    else this.#isValid = false;
    return symbols;
  }

  /** A string of JSON contains line breaks only as escapes. */
  #isRawBreak(byte: number): boolean {
    return this.#inJson && byte < BLANK;
  }

  /** @returns the character that the escape denotes, after the backslash */
  #readEscape(): number {
    const name = this.#text[this.#at++] ?? 0;
    if (name !== UNICODE_ESCAPE) return escapes.get(name) ?? 0;
    const digits = this.#text.toString('latin1', this.#at, this.#at + HEX_DIGITS);
    this.#at += HEX_DIGITS;
    return /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : 0;
  }
}

/**
 * Decodes base64 (RFC 4648) in either alphabet, with or without padding and blanks, without blocking the event loop.
 * @param text the bytes of the text
 * @param inJson whether it is the text of a JSON string, with its escapes
 * @returns undefined where it is not base64
 */
export async function decodeBase64(text: Buffer, inJson: boolean): Promise<Buffer | undefined> {
  const decoder = new Base64Decoder(text, inJson);
  while (decoder.readPiece()) await nextTurn();
  return decoder.result();
}
