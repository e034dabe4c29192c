import { stripVTControlCharacters } from 'node:util';

export interface LogTailLimits {
  /** The oldest lines go first. */
  maxLines: number;
  /** Of all lines, in UTF-8. */
  maxBytes: number;
  /** A longer line is cut. */
  maxLineLength: number;
}

export const defaultLogTailLimits: LogTailLimits = {
  maxLines: 200,
  maxBytes: 32_768,
  maxLineLength: 1000,
};

/** The last lines that a process printed, without colours; never more than its limits. */
export class LogTail {
  readonly #limits: LogTailLimits;
  #lines: { text: string; bytes: number }[] = [];
  #bytes = 0;

  constructor(limits = defaultLogTailLimits) {
    this.#limits = limits;
  }

  add(line: string): void {
    const text = this.#cut(stripVTControlCharacters(line).trimEnd());
    if (text === '') return;
    const bytes = Buffer.byteLength(text) + 1;
    this.#lines.push({ text, bytes });
    this.#bytes += bytes;
    while (this.#lines.length > this.#limits.maxLines || this.#bytes > this.#limits.maxBytes)
      this.#bytes -= this.#lines.shift()!.bytes;
  }

  get lines(): string[] {
    return this.#lines.map(({ text }) => text);
  }

  #cut(text: string): string {
    const { maxLineLength } = this.#limits;
    return text.length <= maxLineLength ? text : `${text.slice(0, maxLineLength - 1)}…`;
  }
}
