import type { Prediction } from '../../src/client/answers.ts';

/** A photo's file, with its answer or why there is none. */
export type AnsweredFile =
  { file: string; version: number; prediction: Prediction } | { file: string; error: string };

/** How answers are written: what comes before them, and one photo's. */
export interface AnswerFormat {
  header: () => string | undefined;
  line: (answered: AnsweredFile) => string;
}

/** For people. */
export const textFormat: AnswerFormat = {
  header: () => undefined,
  line: (answered) => {
    if ('error' in answered) return `${answered.file}: ${answered.error}`;
    const { age, bucket, atLeast, warnings } = answered.prediction;
    const { low, high, level } = age.interval;
    const parts = [
      `${answered.file}: ${age.mean} years (${low} to ${high} with ${100 * level} %)`,
      `${bucket.label} with ${(100 * bucket.probability).toFixed(0)} %`,
      ...atLeast.map((each) => `${each.age} or older: ${each.decision}`),
      ...warnings.map((warning) => `! ${warning}`),
    ];
    return parts.join(', ');
  },
};

/** A JSON document a line. */
export const jsonFormat: AnswerFormat = {
  header: () => undefined,
  line: (answered) => JSON.stringify(answered),
};

/** RFC 4180, with a header; the columns of buckets and thresholds are those asked for. */
export const csvFormat = (thresholds: readonly number[]): AnswerFormat => {
  const columns = ['file', 'version', 'mean', 'median', 'low', 'high', 'bucket', 'probability'];
  const asked = thresholds.flatMap((age) => [`at_least_${age}`, `decision_${age}`]);
  return {
    header: () => csvLine([...columns, ...asked, 'warnings', 'error']),
    line: (answered) => {
      if ('error' in answered) {
        const empty = [...columns.slice(1), ...asked, 'warnings'].map(() => '');
        return csvLine([answered.file, ...empty, answered.error]);
      }
      const { age, bucket, atLeast, warnings } = answered.prediction;
      const ages = [age.mean, age.median, age.interval.low, age.interval.high];
      const decisions = atLeast.flatMap(({ probability, decision }) => [probability, decision]);
      const best = [bucket.label, bucket.probability];
      const { file, version } = answered;
      return csvLine([file, version, ...ages, ...best, ...decisions, warnings.join(' '), '']);
    },
  };
};

function csvLine(cells: readonly (string | number)[]): string {
  return cells
    .map(String)
    .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');
}
