import { years } from '../format.ts';
import type { MetricsFile } from '../metrics-file.ts';
import type { Plot } from './draw-plot.ts';
import { colours, diagonalLine, type Layer } from './plot-parts.ts';

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
