import { years, percent } from '../format.ts';
import type { MetricsFile } from '../metrics-file.ts';
import { type Plot, colours, diagonalLine, type Layer } from './draw-plot.ts';

const SIDE_PIXELS = 420;

/** Predicted against true age, as counts in squares: no mark stands for a photo. */
export function ageMapPlot({ ageMap, all }: MetricsFile): Plot {
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
    caption: `Photos in squares of ${cellYears} years by true age and mean age predicted. On the dashed line both agree; below it faces are taken for younger than they are.`,
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
    mark: { type: 'rect', fill: colours.first },
    encoding: {
      x: { field: 'trueFrom', type: 'quantitative', scale, axis: axis('true age, years') },
      x2: { field: 'trueTo' },
      y: {
        field: 'predictedFrom',
        type: 'quantitative',
        scale,
        axis: axis('mean age predicted, years'),
      },
      y2: { field: 'predictedTo' },
      opacity: {
        field: 'photos',
        type: 'quantitative',
        scale: { type: 'log', range: [0.12, 1], nice: false },
        legend: {
          title: 'photos',
          orient: 'right',
          symbolFillColor: colours.first,
          symbolStrokeWidth: 0,
          symbolType: 'square',
          values: legendValues(cells.map(({ photos }) => photos)),
        },
      },
    },
  };
}

/** 1, 3, 10, 30, … up to the most. */
function legendValues(photos: readonly number[]): number[] {
  const most = Math.max(...photos);
  return [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000].filter((value) => value <= most);
}

const CELL_PIXELS = 42;
/** Cells filled more than this carry light text. */
const STRONG = 0.75;

interface Cell {
  actual: string;
  answered: string;
  photos: number;
  /** Of the photos of the true bucket. */
  share: number;
  percent: string;
}

/** Where the photos of each true bucket end up. */
export function confusionPlot({ confusion, buckets }: MetricsFile): Plot {
  const labels = buckets.map(({ label }) => label);
  const side = labels.length * CELL_PIXELS;
  const scale = { domain: labels, paddingInner: 0.04 };
  return {
    title: 'Confusion between buckets',
    caption:
      'Each row holds the photos of one true bucket: their share and number by most probable bucket. A good model is strong on the diagonal.',
    alternative: `Confusion matrix. Right: ${diagonal(confusion, labels)}.`,
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
  mark: { type: 'rect', fill: colours.first, cornerRadius: 3 },
  encoding: {
    fillOpacity: {
      field: 'share',
      type: 'quantitative',
      scale: { domain: [0, 1], range: [0.04, 1] },
      legend: null,
    },
  },
};

/** @param dy pixels below the middle of the cell. */
function cellText(field: 'percent' | 'photos', fontSize: number, dy: number): Layer {
  return {
    mark: { type: 'text', fontSize, dy },
    encoding: {
      text: { field },
      fill: {
        condition: { test: `datum.share > ${STRONG}`, value: colours.onFirst },
        value: colours.ink,
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

/** Short enough for a cell; a few photos are not none. */
function shortPercent(value: number): string {
  return value < 0.005 ? '<1 %' : `${Math.round(100 * value)} %`;
}
