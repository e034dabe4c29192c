/**
 * Golden-section search for the minimum of a unimodal function (Kiefer 1953).
 * @param resolution the search ends when the interval is no wider
 */
export function goldenSection(
  cost: (value: number) => number,
  from: number,
  to: number,
  resolution: number,
): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  let left = high - ratio * (high - low);
  let right = low + ratio * (high - low);
  let [leftCost, rightCost] = [cost(left), cost(right)];
  while (high - low > resolution) {
    if (leftCost < rightCost) {
      [high, right, rightCost] = [right, left, leftCost];
      left = high - ratio * (high - low);
      leftCost = cost(left);
    } else {
      [low, left, leftCost] = [left, right, rightCost];
      right = low + ratio * (high - low);
      rightCost = cost(right);
    }
  }
  return (low + high) / 2;
}
