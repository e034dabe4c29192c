import { vi } from 'vitest';

/** On a busy machine even immediate work may take this long. */
const TIMEOUT_MS = 20_000;

/** Resolves once the check stops throwing; rejects with its last error. */
export const eventually = <Result>(check: () => Result | Promise<Result>): Promise<Result> =>
  vi.waitFor(check, { timeout: TIMEOUT_MS, interval: 10 });
