import { percent } from '../format.ts';
import type { MetricsFile } from '../metrics-file.ts';
import type { Plot } from './draw-plot.ts';
import { colours, type Layer } from './plot-parts.ts';

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
