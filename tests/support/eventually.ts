import { vi } from 'vitest';

/** On a machine that does much else, what is due at once may take this long. */
const PATIENCE_MS = 20_000;

/** Resolves once the check does not throw; rejects with what it threw last. */
export const eventually = <Result>(check: () => Result | Promise<Result>): Promise<Result> =>
  vi.waitFor(check, { timeout: PATIENCE_MS, interval: 10 });
