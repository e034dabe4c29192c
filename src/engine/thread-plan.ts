/** Threads of one inference, by what waits for it. */
export interface ThreadPlan {
  /** A photo alone: nobody else needs the cores. */
  single: number;
  /** A batch: it forms under load, when the event loop needs a core for the next one's photos. */
  batch: number;
}

/** More threads than this do not make a network of this size faster; they only wait for each other. */
const MOST_USEFUL = 8;

/**
 * The rule for 2, 8 and 64 cores: a photo alone takes 2, 8, 8 threads and a batch 1, 7, 8.
 * @param wanted taken as it is; 0 for the rule.
 */
export function threadPlan(wanted: number, cores: number): ThreadPlan {
  if (wanted > 0) return { single: wanted, batch: wanted };
  return {
    single: Math.min(cores, MOST_USEFUL),
    batch: Math.max(1, Math.min(cores - 1, MOST_USEFUL)),
  };
}
