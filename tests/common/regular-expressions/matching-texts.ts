/** Characters that a class may stand for, in the order in which they are tried. */
const CANDIDATES = [
  'a',
  'A',
  '0',
  'x',
  '/',
  '.',
  '-',
  '_',
  ' ',
  '"',
  "'",
  '=',
  '\\',
  '\n',
  '\r',
  'é',
  '\u0080',
  '\ud800',
];
const QUANTIFIER = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/;
const CLASS = /^\[(?:\\.|[^\\\]])*\]/;
const ESCAPE = /^\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|p\{[^}]+\}|.)/i;
const ASSERTION = /^(?:\^|\$|\\b|\\B)/;

/** Writes texts that a regular expression matches: of alternatives, the one with the given number. */
class TextWriter {
  #rest: string;
  readonly #flags: string;
  readonly #choice: number;
  readonly #groups: string[] = [];

  constructor({ source, flags }: RegExp, choice: number) {
    this.#rest = source;
    this.#flags = flags.replace('g', '');
    this.#choice = choice;
  }

  write(): string {
    const alternatives = [this.#writeSequence()];
    while (this.#take('|')) alternatives.push(this.#writeSequence());
    return alternatives[this.#choice % alternatives.length]!;
  }

  #take(text: string): boolean {
    if (!this.#rest.startsWith(text)) return false;
    this.#rest = this.#rest.slice(text.length);
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    const match = pattern.exec(this.#rest);
    if (match === null) return undefined;
    this.#rest = this.#rest.slice(match[0].length);
    return match;
  }

  #writeSequence(): string {
    let text = '';
    while (this.#rest !== '' && !/^[|)]/.test(this.#rest)) {
      const part = this.#writeTerm();
      const quantifier = this.#match(QUANTIFIER);
      text += part.repeat(Math.max(1, Number(quantifier?.[1] ?? 1)));
    }
    return text;
  }

  #writeTerm(): string {
    if (this.#match(ASSERTION) !== undefined) return '';
    if (this.#take('(')) return this.#writeGroup();
    const reference = this.#match(/^\\([1-9])/);
    if (reference !== undefined) return this.#groups[Number(reference[1]) - 1]!;
    const set = this.#match(CLASS) ?? this.#match(ESCAPE);
    if (set !== undefined) return this.#characterOf(set[0]);
    return this.#match(/^\./) === undefined ? this.#match(/^[^]/u)![0] : 'a';
  }

  #writeGroup(): string {
    const kind = this.#match(/^\?(?::|<?[=!])/)?.[0];
    const index = this.#groups.length;
    if (kind === undefined) this.#groups.push('');
    const text = this.write();
    this.#take(')');
    if (kind === undefined) this.#groups[index] = text;
    return kind === undefined || kind === '?:' ? text : '';
  }

  #characterOf(set: string): string {
    const isOne = new RegExp(`^${set}$`, this.#flags);
    const literal = set.replace('\\', '').slice(0, 1);
    const escaped = /\\u([0-9a-f]{4})/i.exec(set)?.[1] ?? '0';
    const candidates = [...CANDIDATES, literal, String.fromCharCode(Number.parseInt(escaped, 16))];
    const found = [...candidates, ...Array.from(set)].find((character) => isOne.test(character));
    if (found === undefined) throw new Error(`no character for ${set}`);
    return found;
  }
}

const MAX_CHOICES = 6;

/** Texts that the expression matches, which together go through most of its parts. Lookarounds are not regarded. */
export function matchingTexts(expression: RegExp): string[] {
  const texts = Array.from({ length: MAX_CHOICES }, (_, choice) =>
    new TextWriter(expression, choice).write(),
  );
  return [...new Set(texts)];
}
