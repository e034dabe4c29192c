import { parseArgs } from 'node:util';
import { messageOf } from '../src/errors.ts';
import type { Figures } from '../src/evaluation/figures.ts';
import { groupedFigures, type GroupedPhoto } from '../src/evaluation/grouped-figures.ts';
import { answersOverHttp } from '../src/evaluation/http-answers.ts';
import { decadeBuckets } from '../src/network/buckets.ts';
import { readLabels } from '../src/training/labels.ts';

const usage = `Usage: npm run evaluate -- --data FOLDER [--split val] [--url http://localhost:3000] [--json]
Posts the labelled photos of a split to a running service and prints its figures, in all and by group.`;

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.FACES_DIR ?? '' },
    split: { type: 'string', default: 'val' },
    url: { type: 'string', default: 'http://localhost:3000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  if (values.help) {
    console.log(usage);
    return;
  }
  const labelled = (await readLabels(values.data)).filter(({ split }) => split === values.split);
  if (labelled.length === 0)
    throw new Error(`no photo of ${values.data} is in split "${values.split}"`);
  const judged: GroupedPhoto[] = [];
  for await (const photo of answersOverHttp(values.url, labelled)) judged.push(photo);
  const { all, groups } = groupedFigures(judged, decadeBuckets);
  if (values.json) {
    console.log(JSON.stringify({ all, groups }, null, 2));
    return;
  }
  console.log(rowOf('all', all));
  for (const [column, byValue] of Object.entries(groups)) {
    for (const [value, figures] of Object.entries(byValue))
      console.log(rowOf(`${column} ${value}`, figures));
  }
}

function rowOf(name: string, figures: Figures): string {
  const share = (value: number) => value.toFixed(3);
  return (
    `${name.padEnd(12)} ${String(figures.count).padStart(6)} photos  MAE ${figures.mae.toFixed(2)} years  ` +
    `decade ${share(figures.bucketAccuracy)}  within one ${share(figures.withinOneBucket)}  ` +
    `CS@5 ${share(figures.cs5)}  ECE ${share(figures.ece)}  interval ${share(figures.intervalCoverage)}`
  );
}

main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
