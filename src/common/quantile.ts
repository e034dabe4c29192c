/** The q-quantile of ascending values, interpolated between neighbours (type 7 of Hyndman and Fan 1996). */
export function quantileOf(ascending: Float64Array, q: number): number {
  const place = q * (ascending.length - 1);
  const below = Math.floor(place);
  const [low, high] = [ascending[below]!, ascending[Math.min(below + 1, ascending.length - 1)]!];
  return low + (place - below) * (high - low);
}
