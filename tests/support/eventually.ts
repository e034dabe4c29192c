import { vi } from 'vitest';

/** On a machine that does much else, what is due at once may take this long. */
const TIMEOUT_MS = 20_000;

/** Resolves once the check does not throw; rejects with what it threw last. */
export const eventually = <Result>(check: () => Result | Promise<Result>): Promise<Result> =>
  vi.waitFor(check, { timeout: TIMEOUT_MS, interval: 10 });
