import {
  orDash,
  percent,
  range,
  signedYears,
  years,
  type Format,
  wholePercent,
} from '../format.ts';
import { namedGroups } from '../groups.ts';
import type { ExactMetricsFile, MetricsFile, ScoreName } from '../metrics-file.ts';
import { type Plot, colors, referenceStroke, type Layer } from './draw-plot.ts';

interface GroupScore {
  score: ScoreName;
  title: string;
  caption: string;
  axisTitle: string;
  axisFormat: string;
  format: Format;
  /** Reference value: the metric of all photos, or a nominal value. */
  reference: number;
}

/** One metric of every group, by column, with its interval and a reference line. */
function groupPlot(metrics: MetricsFile, shown: GroupScore): Plot {
  return {
    title: shown.title,
    caption: shown.caption,
    alternative: alternativeOf(metrics, shown),
    spec: {
      spacing: 10,
      resolve: { scale: { x: 'shared' } },
      vconcat: Object.keys(metrics.groups).map((column, index, { length }) => ({
        title: { text: column, anchor: 'start', frame: 'group' },
        width: 330,
        height: { step: 19 },
        data: { values: rowsOf(metrics, shown.score, column) },
        layer: layersOf(shown, index === length - 1),
      })),
    },
  };
}

/** @param isLast only the lowest panel has the title of the shared axis. */
function layersOf(
  { score, reference, axisTitle, axisFormat }: GroupScore,
  isLast: boolean,
): Layer[] {
  const x = { type: 'quantitative', scale: { zero: score !== 'intervalCoverage' } } as const;
  const y = {
    field: 'name',
    type: 'nominal',
    sort: null,
    axis: { title: null, labelColor: colors.ink, labelLimit: 150 },
  } as const;
  return [
    {
      data: { values: [{}] },
      mark: { type: 'rule', ...referenceStroke },
      encoding: { x: { datum: reference, type: 'quantitative' } },
    },
    {
      mark: { type: 'rule', stroke: colors.first, strokeWidth: 5, strokeOpacity: 0.35 },
      encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y },
    },
    {
      mark: { type: 'circle', fill: colors.first, opacity: 1, size: 60 },
      encoding: {
        x: { ...x, field: 'value', axis: { title: isLast ? axisTitle : null, format: axisFormat } },
        y,
      },
    },
  ];
}

function rowsOf(metrics: MetricsFile, score: ScoreName, column: string) {
  const groups = namedGroups(metrics).filter((group) => group.column === column);
  return groups.map(({ name, measured }) => ({
    name: `${name} (${measured.count})`,
    value: measured[score],
    low: measured.intervals?.[score].low ?? null,
    high: measured.intervals?.[score].high ?? null,
  }));
}

function alternativeOf(metrics: MetricsFile, { score, title, format }: GroupScore): string {
  const labels = namedGroups(metrics).map(({ name, measured }) => {
    const interval = measured.intervals?.[score];
    return `${name} ${orDash(measured[score], format)}${interval ? `, ${range(interval, format)}` : ''}`;
  });
  return `${title}: ${labels.join('; ')}.`;
}

/** MAE, bias, and coverage by group. */
export function groupPlots(metrics: ExactMetricsFile): Plot[] {
  const { all, model } = metrics;
  const level = wholePercent(model.intervalLevel);
  return [
    groupPlot(metrics, {
      score: 'mae',
      title: 'Error by group',
      caption: `Mean absolute error with its 95 % interval; the number of photos is in parentheses. Dashed: all photos, ${years(all.mae)} years.`,
      axisTitle: 'mean absolute error, years',
      axisFormat: '~f',
      format: years,
      reference: all.mae,
    }),
    groupPlot(metrics, {
      score: 'bias',
      title: 'Direction of the error',
      caption:
        'Mean of predicted minus true age with its 95 % interval. Left of the dashed line, ages are underestimated; right of it, they are overestimated.',
      axisTitle: 'mean error, years',
      axisFormat: '+~f',
      format: signedYears,
      reference: 0,
    }),
    groupPlot(metrics, {
      score: 'intervalCoverage',
      title: 'Coverage of the interval',
      caption: `Share of the true ages inside the predicted interval, with its 95 % interval. Dashed: the nominal coverage of ${level}.`,
      axisTitle: `true ages inside the ${level} interval`,
      axisFormat: '.0%',
      format: percent,
      reference: model.intervalLevel,
    }),
  ];
}
