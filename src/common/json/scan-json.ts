/** What a JSON text may hold, all counted over the whole text. */
export interface JsonBounds {
  /** Elements of arrays. */
  elements: number;
  /** Members of objects; each object counts once more. */
  members: number;
  /** Nesting of arrays and objects, at most 30. */
  depth: number;
}

export type JsonBound = keyof JsonBounds | 'literal' | 'key' | 'space';

/** A JSON text exceeds a bound. The message completes "The JSON has …". */
export class JsonBoundsError extends Error {
  override readonly name = 'JsonBoundsError';
  readonly bound: JsonBound;

  constructor(bound: JsonBound, message: string) {
    super(message);
    this.bound = bound;
  }
}

/** Where a long string is in the text: the positions after its opening quote and of its closing quote. */
export interface StringSpan {
  start: number;
  end: number;
}

/** Strings with more bytes are not parsed as JSON. */
export const LONG_STRING_BYTES = 256;
/** More digits than any number needs. */
const MAX_LITERAL_BYTES = 64;
/** Numbers of many digits are slow to parse; those of large tensors are whole numbers up to 255. */
const MAX_DIGITS_PER_VALUE = 8;
const FREE_DIGITS = 65_536;
/** Blanks between two values: room for the indentation of a nested tensor. */
const MAX_SPACE_PER_VALUE = 32;
const FREE_SPACE_BYTES = 65_536;
/** A native search costs as much as a loop over about as many bytes. */
const SEARCH_AFTER_BYTES = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const kinds = { space: 1, quote: 2, array: 3, object: 4, close: 5, comma: 6, colon: 7 } as const;
/** The kind of each byte; 0 for the bytes of numbers, of the three words, and of faults. */
const kindOf = new Uint8Array(256);
for (const byte of ' \t\n\r') kindOf[byte.charCodeAt(0)] = kinds.space;
for (const [bytes, kind] of [
  ['"', kinds.quote],
  ['[', kinds.array],
  ['{', kinds.object],
  [']}', kinds.close],
  [',', kinds.comma],
  [':', kinds.colon],
] as const) {
  for (const byte of bytes) kindOf[byte.charCodeAt(0)] = kind;
}

/**
 * Measures a JSON text (RFC 8259) in one pass, without parsing it. It does not validate: of a text that is not JSON the
 * result has no meaning, but the time stays linear.
 */
export class JsonScanner {
  readonly longStrings: StringSpan[] = [];
  readonly #bytes: Buffer;
  readonly #bounds: JsonBounds;
  #at = 0;
  #depth = 0;
  /** One bit for each open array or object, the innermost last; 1 for an array. */
  #arrays = 0;
  #elements = 0;
  #members = 0;
  #spaces = 0;
  /** Of the number or word at hand. */
  #literal = 0;
  #digits = 0;
  #afterColon = false;
  /** After the opening quote, while inside a string. */
  #stringStart = -1;
  #isEscaped = false;
  /** Position of the next backslash, once it has been searched. */
  #backslash = -1;

  constructor(bytes: Buffer, bounds: JsonBounds) {
    this.#bytes = bytes;
    this.#bounds = bounds;
  }

  /**
   * Continues as far as `stop`, or a little further.
   * @returns whether anything is left
   * @throws JsonBoundsError; SyntaxError where the text ends inside a string
   */
  advance(stop: number): boolean {
    const { length } = this.#bytes;
    const end = Math.min(stop, length);
    while (this.#at < end) {
      if (this.#stringStart === -1) this.#take(kindOf[this.#bytes[this.#at++]!]!);
      else this.#skipString(end);
    }
    if (this.#at < length) return true;
    if (this.#stringStart !== -1) throw new SyntaxError('a string has no end');
    return false;
  }

  #take(kind: number): void {
    if (kind === 0) {
      this.#countDigit();
      return;
    }
    this.#literal = 0;
    if (kind === kinds.space) this.#countSpace();
    else if (kind === kinds.quote) this.#stringStart = this.#at;
    else if (kind === kinds.colon) this.#afterColon = true;
    else this.#takeStructure(kind);
  }

  #takeStructure(kind: number): void {
    this.#afterColon = false;
    if (kind === kinds.close) {
      this.#depth -= 1;
      this.#arrays >>>= 1;
      return;
    }
    if (kind !== kinds.comma) {
      this.#arrays = (this.#arrays << 1) | Number(kind === kinds.array);
      if (++this.#depth > this.#bounds.depth)
        throw new JsonBoundsError('depth', `values nested over ${this.#bounds.depth} deep`);
    }
    this.#countValue();
  }

  #countValue(): void {
    const { elements, members } = this.#bounds;
    if ((this.#arrays & 1) === 1) {
      if (++this.#elements > elements)
        throw new JsonBoundsError('elements', `over ${elements} elements in arrays`);
    } else if (++this.#members > members) {
      throw new JsonBoundsError('members', `over ${members} fields`);
    }
  }

  #countDigit(): void {
    if (++this.#literal > MAX_LITERAL_BYTES)
      throw new JsonBoundsError('literal', `a number of over ${MAX_LITERAL_BYTES} characters`);
    const most = FREE_DIGITS + MAX_DIGITS_PER_VALUE * (this.#elements + this.#members);
    if (++this.#digits > most) throw new JsonBoundsError('literal', 'numbers of too many digits');
  }

  #countSpace(): void {
    const most = FREE_SPACE_BYTES + MAX_SPACE_PER_VALUE * (this.#elements + this.#members);
    if (++this.#spaces > most) throw new JsonBoundsError('space', 'too many blanks');
  }

  #skipString(end: number): void {
    if (!this.#isEscaped) this.#findEscape(end);
    if (!this.#isEscaped || this.#stringStart === -1) return;
    let at = this.#at;
    while (at < end) {
      const byte = this.#bytes[at]!;
      if (byte === QUOTE) {
        this.#endString(at);
        return;
      }
      at += byte === BACKSLASH ? 2 : 1;
    }
    this.#at = at;
  }

  /** Skips to the first backslash of the string or, where there is none, past its end. */
  #findEscape(end: number): void {
    const near = Math.min(this.#at + SEARCH_AFTER_BYTES, end);
    for (let at = this.#at; at < near; at += 1) {
      const byte = this.#bytes[at]!;
      if (byte === QUOTE) {
        this.#endString(at);
        return;
      }
      if (byte === BACKSLASH) {
        [this.#isEscaped, this.#at] = [true, at];
        return;
      }
    }
    this.#search(near);
  }

  /** Each native search begins where the previous one has ended, so that all of them together are linear. */
  #search(from: number): void {
    const { length } = this.#bytes;
    const quote = positionOr(this.#bytes.indexOf(QUOTE, from), length);
    if (this.#backslash < from)
      this.#backslash = positionOr(this.#bytes.indexOf(BACKSLASH, from), length);
    if (this.#backslash < quote) [this.#isEscaped, this.#at] = [true, this.#backslash];
    else if (quote < length) this.#endString(quote);
    else this.#at = length;
  }

  #endString(quote: number): void {
    const start = this.#stringStart;
    if (quote - start > LONG_STRING_BYTES) {
      const isKey = this.#depth > 0 && (this.#arrays & 1) === 0 && !this.#afterColon;
      if (isKey)
        throw new JsonBoundsError('key', `a field name of over ${LONG_STRING_BYTES} bytes`);
      this.longStrings.push({ start, end: quote });
    }
    this.#at = quote + 1;
    this.#stringStart = -1;
    this.#isEscaped = false;
  }
}

function positionOr(position: number, otherwise: number): number {
  return position === -1 ? otherwise : position;
}
