import { years, percent } from '../format.ts';
import type { ExactMetricsFile, MetricsFile } from '../metrics-file.ts';
import { type Plot, colors, diagonalLine, type Layer } from './draw-plot.ts';

const SIDE_PIXELS = 420;

/** Heat map of predicted against labeled age. It shows counts per cell, never single photos. */
export function ageMapPlot({ ageMap, all }: ExactMetricsFile): Plot {
  const { cellYears, cells } = ageMap;
  const squares = cells.map((cell) => ({
    ...cell,
    trueTo: cell.trueFrom + cellYears,
    predictedTo: cell.predictedFrom + cellYears,
  }));
  const oldest = Math.max(
    ...squares.map(({ trueTo, predictedTo }) => Math.max(trueTo, predictedTo)),
  );
  return {
    title: 'Predicted against true age',
    caption: `Photos in cells of ${cellYears} years by true age and predicted mean age. On the dashed line both agree; below it, ages are underestimated.`,
    alternative: `Heat map of predicted against true age. Mean absolute error ${years(all.mae)} years, mean error ${years(all.bias)} years.`,
    spec: {
      width: SIDE_PIXELS,
      height: SIDE_PIXELS,
      layer: [
        { data: { values: squares }, ...squaresLayer(oldest, ageMap) },
        diagonalLine(0, oldest),
      ],
    },
  };
}

function squaresLayer(oldest: number, { cells }: MetricsFile['ageMap']): Layer {
  const scale = { domain: [0, oldest], nice: false };
  const axis = (title: string) => ({ title, tickCount: 10 });
  return {
    mark: { type: 'rect', fill: colors.first },
    encoding: {
      x: { field: 'trueFrom', type: 'quantitative', scale, axis: axis('true age, years') },
      x2: { field: 'trueTo' },
      y: {
        field: 'predictedFrom',
        type: 'quantitative',
        scale,
        axis: axis('predicted mean age, years'),
      },
      y2: { field: 'predictedTo' },
      opacity: {
        field: 'photos',
        type: 'quantitative',
        scale: { type: 'log', range: [0.12, 1], nice: false },
        legend: {
          title: 'photos',
          orient: 'right',
          symbolFillColor: colors.first,
          symbolStrokeWidth: 0,
          symbolType: 'square',
          values: legendValues(cells.map(({ photos }) => photos)),
        },
      },
    },
  };
}

/** 1, 3, 10, 30, … up to the maximum. */
function legendValues(photos: readonly number[]): number[] {
  const maximum = Math.max(...photos);
  return [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000].filter((value) => value <= maximum);
}

const CELL_PIXELS = 42;
/** Cells with a larger share have light text. */
const LIGHT_TEXT_SHARE = 0.75;

interface Cell {
  actual: string;
  answered: string;
  photos: number;
  /** Share of the photos of the true bucket. */
  share: number;
  percent: string;
}

/** The confusion matrix of the buckets. */
export function confusionPlot(
  { confusion, buckets }: Pick<MetricsFile, 'confusion' | 'buckets'>,
  title = 'Confusion between buckets',
): Plot {
  const labels = buckets.map(({ label }) => label);
  const side = labels.length * CELL_PIXELS;
  const scale = { domain: labels, paddingInner: 0.04 };
  return {
    title,
    caption:
      'Each row shows the photos of one true bucket: their share and number by most probable bucket. A good model has high shares on the diagonal.',
    alternative: `Confusion matrix. Correct: ${diagonal(confusion, labels)}.`,
    spec: {
      width: side,
      height: side,
      data: { values: cellsOf(confusion, labels) },
      encoding: {
        x: {
          field: 'answered',
          type: 'nominal',
          scale,
          axis: { title: 'most probable bucket', orient: 'top', labelAngle: 0 },
        },
        y: { field: 'actual', type: 'nominal', scale, axis: { title: 'true bucket' } },
      },
      layer: [filledCells, cellText('percent', 11, -5), cellText('photos', 8.5, 8)],
    },
  };
}

const filledCells: Layer = {
  mark: { type: 'rect', fill: colors.first, cornerRadius: 3 },
  encoding: {
    fillOpacity: {
      field: 'share',
      type: 'quantitative',
      scale: { domain: [0, 1], range: [0.04, 1] },
      legend: null,
    },
  },
};

/** @param dy offset below the center of the cell, in pixels. */
function cellText(field: 'percent' | 'photos', fontSize: number, dy: number): Layer {
  return {
    mark: { type: 'text', fontSize, dy },
    encoding: {
      text: { field },
      fill: {
        condition: { test: `datum.share > ${LIGHT_TEXT_SHARE}`, value: colors.onFirst },
        value: colors.ink,
      },
    },
  };
}

function cellsOf(confusion: MetricsFile['confusion'], labels: readonly string[]): Cell[] {
  return confusion.flatMap((row, actual) => {
    const total = row.reduce((sum, photos) => sum + photos, 0);
    return row.flatMap((photos, answered) =>
      photos === 0
        ? []
        : [
            {
              actual: labels[actual]!,
              answered: labels[answered]!,
              photos,
              share: photos / total,
              percent: shortPercent(photos / total),
            },
          ],
    );
  });
}

function diagonal(confusion: MetricsFile['confusion'], labels: readonly string[]): string {
  const shares = confusion.flatMap((row, bucket) => {
    const total = row.reduce((sum, photos) => sum + photos, 0);
    return total === 0 ? [] : [`${labels[bucket]!} ${percent(row[bucket]! / total)}`];
  });
  return shares.join(', ');
}

/** A percentage that fits into a cell; small nonzero shares are shown as <1 %. */
function shortPercent(value: number): string {
  return value < 0.005 ? '<1 %' : `${Math.round(100 * value)} %`;
}
