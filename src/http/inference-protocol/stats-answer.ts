import type { Tally, VersionStatistics } from '../../predict/version-statistics.ts';
import type { ModelStats } from './protocol-schemas.ts';

type VersionStats = ModelStats['model_stats'][number];

/** Writing the answer costs too little to be measured on its own. */
const free = { count: 0, ns: 0 };

/** A version's figures in the words of the statistics extension. */
export function toStats(
  name: string,
  version: number,
  statistics: VersionStatistics | undefined,
): VersionStats {
  const none: Tally = { count: 0, ms: 0 };
  const { answered = none, failed = none, queue = none, preprocess = none } = statistics ?? {};
  const { inference = none, batches = new Map<number, Tally>() } = statistics ?? {};
  const bySize = [...batches].map(([size, tally]) => ({
    batch_size: size,
    compute_infer: toDuration(tally),
  }));
  return {
    name,
    version: String(version),
    last_inference: statistics?.lastAnswerAtMs ?? 0,
    inference_count: answered.count,
    execution_count: bySize.reduce((sum, { compute_infer }) => sum + compute_infer.count, 0),
    inference_stats: {
      success: toDuration(answered),
      fail: toDuration(failed),
      queue: toDuration(queue),
      compute_input: toDuration(preprocess),
      compute_infer: toDuration(inference),
      compute_output: free,
    },
    batch_stats: bySize,
  };
}

function toDuration({ count, ms }: Tally): { count: number; ns: number } {
  return { count: Math.round(count), ns: Math.round(ms * 1e6) };
}
