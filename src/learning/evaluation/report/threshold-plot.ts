import { orDash, percent } from '../format.ts';
import { namedGroups } from '../groups.ts';
import { oldestMinors } from '../card/known-failures.ts';
import type { ExactMetricsFile, Rate, ThresholdRates } from '../metrics-file.ts';
import { type Plot, colors, type Layer } from './draw-plot.ts';

interface Series {
  name: string;
  rates: readonly { bufferYears: number; rate: Rate }[];
}

/** Both error rates at the threshold by buffer, or undefined if the model does not predict single years. */
export function thresholdPlot(metrics: ExactMetricsFile): Plot | undefined {
  const { all, method } = metrics;
  if (all.threshold === null) return undefined;
  const series = seriesOf(metrics, all.threshold);
  const values = all.threshold.map(({ bufferYears }) => bufferYears);
  const axis = { title: 'buffer, years', grid: false, values };
  return {
    title: `Errors at ${method.thresholdYears} years by buffer`,
    caption: `A face passes if its mean age is at least ${method.thresholdYears} years plus the buffer. With a larger buffer, fewer minors and fewer adults pass. Bands: Wilson's 95 % intervals.`,
    alternative: series.map(alternativeOf).join('. '),
    spec: {
      width: 400,
      height: 260,
      data: { values: pointsOf(series) },
      encoding: { x: { field: 'bufferYears', type: 'quantitative', axis } },
      layer: layersOf(series.map(({ name }) => name)),
    },
  };
}

function pointsOf(series: readonly Series[]) {
  return series.flatMap(({ name, rates }) =>
    rates.flatMap(({ bufferYears, rate: { rate, interval } }) =>
      rate === null || interval === null ? [] : [{ name, bufferYears, rate, ...interval }],
    ),
  );
}

function layersOf(names: string[]): Layer[] {
  const color = {
    field: 'name',
    type: 'nominal',
    title: null,
    scale: { domain: names, range: [colors.second, colors.third, colors.first] },
    legend: { columns: 1, symbolStrokeWidth: 2.5, labelLimit: 300 },
  } as const;
  const y = { type: 'quantitative', scale: { domainMin: 0 } } as const;
  const axis = { title: 'error rate', format: '.0%' };
  return [
    {
      mark: { type: 'area', fillOpacity: 0.16 },
      encoding: { y: { ...y, field: 'low', axis }, y2: { field: 'high' }, color },
    },
    {
      mark: { type: 'line', point: { size: 50, opacity: 1 }, strokeWidth: 2 },
      encoding: { y: { ...y, field: 'rate', axis }, color },
    },
  ];
}

function seriesOf(metrics: ExactMetricsFile, threshold: readonly ThresholdRates[]): Series[] {
  const rates = (of: readonly ThresholdRates[], error: 'falsePositive' | 'falseNegative') =>
    of.map((one) => ({ bufferYears: one.bufferYears, rate: one[error] }));
  const youth = oldestMinors(namedGroups(metrics));
  return [
    { name: 'minors who pass', rates: rates(threshold, 'falsePositive') },
    {
      name: `minors in the group ${youth?.name ?? 'none'} who pass`,
      rates: rates(youth?.measured.threshold ?? [], 'falsePositive'),
    },
    { name: 'adults who do not pass', rates: rates(threshold, 'falseNegative') },
  ].filter(({ rates: { length } }) => length > 0);
}

function alternativeOf({ name, rates }: Series): string {
  const values = rates.map(
    ({ bufferYears, rate }) => `${orDash(rate.rate, percent)} at ${bufferYears} years`,
  );
  return `${name}: ${values.join(', ')}`;
}
