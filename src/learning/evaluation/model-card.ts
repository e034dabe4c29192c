import { dataNotesFor, splitRole } from './data-notes.ts';
import type { DescribedModel } from './described-model.ts';
import {
  NOT_AVAILABLE,
  percent,
  share,
  signedYears,
  whole,
  withRange,
  years,
  wholePercent,
} from './format.ts';
import { namedGroups } from './groups.ts';
import { knownFailures } from './known-failures.ts';
import type { Measured, MetricsFile, Rate } from './metrics-file.ts';

/**
 * The card that ships with a version: what it is, is for, was made of, and how well it does, for whom. Its sections
 * are those of Mitchell et al., "Model Cards for Model Reporting", FAT* 2019; every figure comes from the manifest or
 * from the metrics.
 * @returns Markdown.
 */
export function modelCard(model: DescribedModel, metrics: MetricsFile): string {
  const sections: [string, string[]][] = [
    ['Model details', details(model, metrics)],
    ['Intended use', intendedUse()],
    ['Factors', factors(metrics)],
    ['Metrics', metricsUsed(metrics)],
    ['Evaluation data', evaluationData(model, metrics)],
    ['Training data', trainingData(model)],
    ['Quantitative analyses', analyses(metrics)],
    ['Known failures', list(knownFailures(metrics), 'None that these figures show.')],
    ['Ethical considerations', ethics(model)],
    ['Caveats and recommendations', caveats(model, metrics)],
  ];
  const body = sections.map(([title, lines]) => `## ${title}\n\n${lines.join('\n')}`);
  return `# ${model.name} ${model.version}\n\n${body.join('\n\n')}\n`;
}

function details(model: DescribedModel, { model: { size } }: MetricsFile): string[] {
  const { training, preprocess } = model;
  const sized =
    size === null
      ? ''
      : `, ${whole(size.parameters)} parameters, ${whole(Math.round(size.multiplyAccumulates / 1e6))} million multiply-accumulates a photo`;
  const output =
    model.head.kind === 'age-distribution'
      ? `a probability for each year from ${model.head.minAge} to ${model.head.maxAge}, tempered with T = ${years(model.head.temperature)}`
      : `a probability for each of ${model.head.buckets.length} buckets of age`;
  return [
    `- Answers for the photo of one face with ${output}; from them buckets, mean, interval and thresholds.`,
    `- Architecture: ${model.architecture}${sized}; input ${preprocess.width}×${preprocess.height} grey levels.`,
    `- Made ${model.createdAt.slice(0, 10)}, commit ${model.gitCommit ?? 'unknown'}, parent version ${model.parent ?? 'none'}.`,
    `- Runs on ${model.engines.join(' and ')}.`,
    ...int8Form(model),
    `- Licence: ${model.license}.`,
    ...(training === null
      ? []
      : [
          `- Training took ${whole(Math.round(training.durationSeconds / 60))} minutes, seed ${training.seed}, with this recipe:`,
          '',
          '```json',
          JSON.stringify(training.recipe, null, 1),
          '```',
        ]),
  ];
}

function int8Form({ int8 }: DescribedModel): string[] {
  if (int8 === undefined) return [];
  const { mae, bucketAccuracy, ece } = int8.metrics;
  const figures = [mae, bucketAccuracy, ece].some((figure) => figure === undefined)
    ? ''
    : `: MAE ${years(mae!)} years, right bucket ${percent(bucketAccuracy!)}, ECE ${share(ece!)} on the same photos`;
  return [
    `- Quantised to 8 bits in \`${int8.file}\`${figures}, which is what a CPU with VNNI serves with. The figures below are those of the network in 32 bits.`,
  ];
}

function intendedUse(): string[] {
  return [
    'Rough age statistics, research, and sorting out the clear cases before a better proof is asked for, on photos of',
    'one upright face that fills the frame, of people who agreed to it.',
    '',
    'Out of scope:',
    '',
    '- decisions about a person (admission, sale of age-restricted goods, benefits, employment, policing, asylum,',
    '  insurance) without a human and a better proof;',
    '- identifying or recognising anyone; covert profiling; photos of people who did not agree;',
    '- the safety of children as the only line of defence;',
    '- any use that the licence above does not allow.',
  ];
}

function factors({ groups }: MetricsFile): string[] {
  return [
    `Figures are given by ${Object.keys(groups).join(', ')} as labelled. Pose, light, occlusion, make-up, illness,`,
    'camera and compression matter too and are not labelled, so nothing is known of them here.',
  ];
}

function metricsUsed({ method, model }: MetricsFile): string[] {
  const level = wholePercent(method.bootstrapLevel);
  return [
    '- MAE: mean absolute difference of mean age and labelled age, years. Bias: the same with its sign (+ is too old).',
    '- Right bucket, within one bucket: of the most probable bucket. CS@5: mean age within five years.',
    `- ECE: expected calibration error of the most probable bucket, ${method.eceBins} bins; beside it the 95th percentile`,
    `  of what a perfectly calibrated model would get on as many photos (${whole(method.calibratedDraws)} draws).`,
    `- Coverage: share of the labelled ages inside the ${wholePercent(model.intervalLevel)} interval.`,
    `- In brackets: ${level} intervals by bootstrap over photos (${whole(method.bootstrapResamples)} resamples); for error`,
    "  rates Wilson's.",
  ];
}

function evaluationData(model: DescribedModel, { dataset }: MetricsFile): string[] {
  const unreadable =
    dataset.unreadable === 0 ? '' : ` ${whole(dataset.unreadable)} more could not be read.`;
  return [
    `${whole(dataset.photos)} photos, split "${dataset.split}" of the folder "${dataset.name}".${unreadable}`,
    splitRole(model, dataset),
  ];
}

function trainingData({ dataset, license }: DescribedModel): string[] {
  const notes = dataNotesFor(license);
  const counts = Object.entries(dataset?.counts ?? {}).map(
    ([split, count]) => `${whole(count)} ${split}`,
  );
  return [
    dataset === null
      ? 'The manifest does not say.'
      : `Photos of the folder "${dataset.name}" (${counts.join(', ')}), fingerprint \`${dataset.fingerprint.slice(0, 16)}…\`.`,
    ...(notes === undefined
      ? []
      : ['', `${notes.name}: ${notes.source}`, '', `- ${notes.license}`, `- ${notes.labels}`]),
  ];
}

function analyses(metrics: MetricsFile): string[] {
  const groups = namedGroups(metrics).map(({ name, measured }) => figuresRow(name, measured));
  return [
    '| photos of | count | MAE, years | bias, years | right bucket | within one | ECE (chance) | coverage |',
    '|---|---|---|---|---|---|---|---|',
    figuresRow('all', metrics.all),
    ...groups,
    '',
    ...thresholdTable(metrics),
  ];
}

function figuresRow(name: string, measured: Measured): string {
  const { intervals, calibratedEce95 } = measured;
  const cells = [
    name.replaceAll('|', '\\|'),
    whole(measured.count),
    withRange(measured.mae, intervals?.mae, years),
    signedYears(measured.bias),
    withRange(measured.bucketAccuracy, intervals?.bucketAccuracy, percent),
    withRange(measured.withinOneBucket, intervals?.withinOneBucket, percent),
    calibratedEce95 === null ? NOT_AVAILABLE : `${share(measured.ece)} (${share(calibratedEce95)})`,
    withRange(measured.intervalCoverage, intervals?.intervalCoverage, percent),
  ];
  return `| ${cells.join(' | ')} |`;
}

function thresholdTable({ all, method }: MetricsFile): string[] {
  const { thresholdYears, thresholdUnavailable } = method;
  if (all.threshold === null) {
    return [
      `Threshold of ${thresholdYears} years: not available: ${String(thresholdUnavailable)}.`,
    ];
  }
  const text = ({ rate, interval, errors, of }: Rate) =>
    `${withRange(rate, interval, percent)}, ${errors} of ${of}`;
  return [
    `A face passes where its mean age is at least ${thresholdYears} years plus the buffer:`,
    '',
    '| buffer, years | minors that pass | adults that do not |',
    '|---|---|---|',
    ...all.threshold.map(
      ({ bufferYears, falsePositive, falseNegative }) =>
        `| ${bufferYears} | ${text(falsePositive)} | ${text(falseNegative)} |`,
    ),
  ];
}

function ethics({ license }: DescribedModel): string[] {
  const notes = dataNotesFor(license);
  return list([
    'An apparent age is a guess about a person. A wrong one can shut someone out, or let a child in.',
    'Errors are not the same for everyone; see the groups above before relying on an average.',
    ...(notes === undefined
      ? []
      : [
          `Sex and ethnicity are ${notes.name}'s categories, assigned by others, not what people say of themselves.`,
        ]),
  ]);
}

function caveats(model: DescribedModel, { dataset, groups }: MetricsFile): string[] {
  const bands = Object.entries(groups.age ?? {}).sort(([, a], [, b]) => a.count - b.count);
  const [fewest, most] = [bands[0], bands.at(-1)];
  return list([
    splitRole(model, dataset),
    ...(fewest === undefined || most === undefined
      ? []
      : [
          `Ages are unevenly represented: ${whole(most[1].count)} photos at ${most[0]}, ${whole(fewest[1].count)} at ${fewest[0]}; the figures of all photos are mostly those of the former.`,
        ]),
    'Groups differ in age as well as in what they are named for: a difference between them is not all due to the group.',
    'Intervals hold for other photos of the same kind, one group at a time; they know nothing of other cameras or places.',
    'Evaluate on photos of your own (`npm run evaluate`) before you rely on any of this.',
  ]);
}

function list(items: readonly string[], none = ''): string[] {
  return items.length === 0 ? [none] : items.map((item) => `- ${item}`);
}
