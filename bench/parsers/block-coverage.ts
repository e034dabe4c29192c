import { Session, type Profiler } from 'node:inspector';

/** For each function that has run, 1 for each of its characters that has not. */
export type Taken = Map<string, Uint8Array>;

/**
 * Which code has ever run, measured by V8 in blocks. It works on ES modules and on code that a loader has transformed,
 * without instrumenting either.
 */
export class BlockCoverage {
  readonly #session = new Session();
  readonly #counts: (url: string) => boolean;
  readonly #neverRun: Taken = new Map();

  /** @param counts the scripts that matter, by their URLs */
  constructor(counts: (url: string) => boolean) {
    this.#counts = counts;
    this.#session.connect();
    this.#post('Profiler.enable');
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  get functions(): number {
    return this.#neverRun.size;
  }

  /** What has run since the last call. It takes about 2 ms. */
  take(): Taken {
    const { result } = this.#post('Profiler.takePreciseCoverage');
    const taken: Taken = new Map();
    for (const { url, functions } of result) {
      if (!this.#counts(url)) continue;
      for (const { ranges } of functions) {
        const { startOffset, endOffset, count } = ranges[0]!;
        if (count > 0) taken.set(`${url} ${startOffset} ${endOffset}`, idleCharacters(ranges));
      }
    }
    return taken;
  }

  /** Whether some of it had never run before. */
  isNew(taken: Taken): boolean {
    for (const [key, idle] of taken) {
      const known = this.#neverRun.get(key);
      if (known === undefined || known.some((never, at) => never === 1 && idle[at] === 0))
        return true;
    }
    return false;
  }

  /** Adds it to what has ever run. */
  add(taken: Taken): void {
    for (const [key, idle] of taken) {
      const known = this.#neverRun.get(key);
      if (known === undefined) this.#neverRun.set(key, idle);
      else for (let at = 0; at < known.length; at++) known[at]! &= idle[at]!;
    }
  }

  close(): void {
    this.#session.disconnect();
  }

  #post(method: 'Profiler.takePreciseCoverage'): Profiler.TakePreciseCoverageReturnType;
  #post(method: string, parameters?: object): void;
  #post(method: string, parameters: object = {}): unknown {
    let answer: unknown;
    // The session of the own thread answers before `post` returns.
    this.#session.post(method, parameters, (error, result) => {
      if (error !== null) throw error;
      answer = result;
    });
    return answer;
  }
}

/** Inner ranges follow outer ones and replace their counts. */
function idleCharacters(ranges: readonly Profiler.CoverageRange[]): Uint8Array {
  const { startOffset: start, endOffset: end } = ranges[0]!;
  const idle = new Uint8Array(end - start);
  for (const { startOffset, endOffset, count } of ranges)
    idle.fill(count === 0 ? 1 : 0, startOffset - start, endOffset - start);
  return idle;
}
