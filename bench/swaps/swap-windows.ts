import { percentile } from '../statistics.ts';
import type { CheckedRequest } from './checked-load.ts';

/** From the moment an alias is moved until so long after the new version's first answer. */
export interface SwapWindow {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface LatencyComparison {
  readonly steadyP50Ms: number;
  readonly steadyP99Ms: number;
  readonly swapP50Ms: number;
  readonly swapP99Ms: number;
  readonly swapRequests: number;
}

/** Latencies of the requests that were under way in a window, pooled over all windows, beside those of the rest. */
export function compareLatencies(
  requests: readonly CheckedRequest[],
  windows: readonly SwapWindow[],
): LatencyComparison {
  const touches = ({ startMs, endMs }: CheckedRequest) =>
    windows.some(({ fromMs, untilMs }) => endMs >= fromMs && startMs <= untilMs);
  const sorted = (some: readonly CheckedRequest[]) =>
    Float64Array.from(some, ({ startMs, endMs }) => endMs - startMs).sort();
  const swap = sorted(requests.filter(touches));
  const steady = sorted(requests.filter((each) => !touches(each)));
  return {
    steadyP50Ms: percentile(steady, 0.5),
    steadyP99Ms: percentile(steady, 0.99),
    swapP50Ms: percentile(swap, 0.5),
    swapP99Ms: percentile(swap, 0.99),
    swapRequests: swap.length,
  };
}
