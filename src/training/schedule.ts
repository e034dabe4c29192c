export interface OneCycleOptions {
  peak: number;
  /** Share of the steps in which the rate rises. */
  warmUpShare: number;
  /** The last rate, as a share of the peak. */
  finalShare: number;
}

/**
 * One-cycle learning rate (Smith and Topin, "Super-Convergence", 2019): a cosine up to the peak, a longer one down.
 * @param progress 0 at the first step, 1 at the last
 */
export function oneCycle(
  progress: number,
  { peak, warmUpShare, finalShare }: OneCycleOptions,
): number {
  if (progress < warmUpShare) return peak * (0.04 + 0.96 * easeInOut(progress / warmUpShare));
  return peak * (1 - (1 - finalShare) * easeInOut((progress - warmUpShare) / (1 - warmUpShare)));
}

/** Half a cosine, from 0 to 1. */
function easeInOut(share: number): number {
  return 0.5 - 0.5 * Math.cos(Math.PI * Math.min(1, share));
}
