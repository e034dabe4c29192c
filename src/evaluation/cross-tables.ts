import type { MetricsFile } from './metrics-file.ts';
import type { Outcomes } from './outcomes.ts';

/** Wide enough that a square holds no single person's age. */
const CELL_YEARS = 5;

/** Photos by true bucket (rows) and most probable bucket (columns). */
export function confusionOf(
  { trueBuckets, answeredBuckets }: Pick<Outcomes, 'trueBuckets' | 'answeredBuckets'>,
  bucketCount: number,
): number[][] {
  const rows = Array.from({ length: bucketCount }, () => new Array<number>(bucketCount).fill(0));
  trueBuckets.forEach((bucket, photo) => (rows[bucket]![answeredBuckets[photo]!]! += 1));
  return rows;
}

/** Photos by true age and predicted mean age, in squares of five years; squares without photos are left out. */
export function ageMapOf({ ages, means }: Pick<Outcomes, 'ages' | 'means'>): MetricsFile['ageMap'] {
  const startOf = (years: number) => Math.floor(years / CELL_YEARS) * CELL_YEARS;
  const cells = new Map<string, MetricsFile['ageMap']['cells'][number]>();
  ages.forEach((age, photo) => {
    const [trueFrom, predictedFrom] = [startOf(age), startOf(means[photo]!)];
    const key = `${trueFrom} ${predictedFrom}`;
    const { photos } = cells.get(key) ?? { photos: 0 };
    cells.set(key, { trueFrom, predictedFrom, photos: photos + 1 });
  });
  const ordered = [...cells.values()].sort(
    (a, b) => a.trueFrom - b.trueFrom || a.predictedFrom - b.predictedFrom,
  );
  return { cellYears: CELL_YEARS, cells: ordered };
}
