import { splitRole, type DescribedModel } from '../described-model.ts';
import { knownDatasetsOf } from './known-datasets.ts';
import { analyses } from './analyses.ts';
import { percent, share, signedYears, whole, wholePercent, years } from '../format.ts';
import { knownFailures } from './known-failures.ts';
import { leftOutText } from '../left-out.ts';
import type { MetricsFile } from '../metrics-file.ts';

/**
 * Writes the model card that ships with a version: what it is, what it is for, how it was built, and how well it works for
 * whom. The sections follow Mitchell et al., "Model Cards for Model Reporting", FAT* 2019; all numbers come from the
 * manifest or the metrics.
 * @returns Markdown.
 */
export function modelCard(model: DescribedModel, metrics: MetricsFile): string {
  const sections: [string, string[]][] = [
    ['Model details', details(model, metrics)],
    ['Intended use', intendedUse(model)],
    ['Factors', factors(metrics)],
    ['Metrics', metricsUsed(metrics)],
    ['Evaluation data', evaluationData(model, metrics)],
    ['Training data', trainingData(model)],
    ['Quantitative analyses', analyses(metrics)],
    ['Known failures', list(knownFailures(metrics), 'These metrics show none.')],
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
      : `, ${whole(size.parameters)} parameters, ${whole(Math.round(size.multiplyAccumulates / 1e6))} million multiply-accumulates per photo`;
  const output =
    model.head.kind === 'age-distribution'
      ? `a probability for each age from ${model.head.minAge} to ${model.head.maxAge}, calibrated with temperature ${years(model.head.temperature)}`
      : `a probability for each of ${model.head.buckets.length} age buckets`;
  return [
    `- Output for a photo of one face: ${output}. Buckets, mean, interval, and thresholds are derived from it.`,
    ...ageCorrection(model),
    ...faceOutput(model),
    `- Architecture: ${model.architecture}${sized}; input ${preprocess.width}×${preprocess.height} gray levels.`,
    `- Created ${model.createdAt.slice(0, 10)}, commit ${model.gitCommit ?? 'unknown'}, parent version ${model.parent ?? 'none'}.`,
    `- Runs on ${model.engines.join(' and ')}.`,
    ...int8Form(model),
    `- License: ${model.license}.`,
    ...(training === null
      ? []
      : [
          `- Training took ${whole(Math.round(training.durationSeconds / 60))} minutes with seed ${training.seed} and this recipe:`,
          '',
          '```json',
          JSON.stringify(training.recipe, null, 1),
          '```',
        ]),
  ];
}

function faceOutput({ face }: DescribedModel): string[] {
  if (face === undefined) return [];
  return [
    `- It also outputs the probability that its input is a framed face. Below ${face.threshold}, answers carry the severe warning \`unlikely_face\`.`,
  ];
}

function int8Form({ int8 }: DescribedModel): string[] {
  if (int8 === undefined) return [];
  const { mae, bucketAccuracy, ece, groupAccuracy } = int8.metrics;
  const isExact = ![mae, bucketAccuracy, ece].some((figure) => figure === undefined);
  const figures = [
    ...(isExact
      ? [
          `MAE ${years(mae!)} years, bucket accuracy ${percent(bucketAccuracy!)}, ECE ${share(ece!)}`,
        ]
      : []),
    ...(groupAccuracy === undefined ? [] : [`group accuracy ${percent(groupAccuracy)}`]),
  ];
  const measured = figures.length === 0 ? '' : `: ${figures.join(', ')} on the same photos`;
  return [
    `- Quantized to 8 bits in \`${int8.file}\`${measured}. CPUs with VNNI serve this form. The metrics below are those of the 32-bit network.`,
  ];
}

/** The metrics lack the figures where the correction is that of an earlier version. */
function ageCorrection({ head, metrics }: DescribedModel): string[] {
  if (head.kind === 'buckets' || head.correction === undefined) return [];
  const { correctionPhotos, uncorrectedMae, uncorrectedBias, correctedMae, correctedBias } =
    metrics;
  const measured =
    correctionPhotos === undefined
      ? ''
      : ` that were fitted on ${whole(correctionPhotos)} photos with exact ages: in ten-fold cross-validation, MAE ${years(uncorrectedMae!)} years became ${years(correctedMae!)}, and bias ${signedYears(uncorrectedBias!)} became ${signedYears(correctedBias!)}`;
  return [`- The ages are corrected by ${head.correction.length} points${measured}.`];
}

function intendedUse({ framing }: DescribedModel): string[] {
  return [
    'Rough age statistics, research, and deciding clear cases before stronger proof of age is requested, on photos that',
    framing?.kind === 'aligned'
      ? 'show a face, which is found and aligned, of people who gave their consent.'
      : 'show one upright face filling the frame, of people who gave their consent.',
    '',
    'Out of scope:',
    '',
    '- decisions about a person (admission, sale of age-restricted goods, benefits, employment, policing, asylum,',
    '  insurance) without human review and stronger proof;',
    '- identifying or recognizing anyone; covert profiling; photos of people who did not give consent;',
    '- protecting children as the only line of defense;',
    '- any use that the license above does not allow.',
  ];
}

function factors({ groups, ranges }: MetricsFile): string[] {
  const columns = new Set([...Object.keys(groups), ...Object.keys(ranges?.groups ?? {})]);
  return [
    `Metrics are reported by ${[...columns].join(', ')} as labeled. Pose, lighting, occlusion, makeup, illness,`,
    'camera, and compression also matter, but they are not labeled, so their effect is unknown.',
  ];
}

function metricsUsed({ method, model, ranges }: MetricsFile): string[] {
  const level = wholePercent(method.bootstrapLevel);
  return [
    '- MAE: mean absolute error of the mean age, in years. Bias: mean error with its sign (+ means overestimated).',
    '- Bucket accuracy: the most probable bucket is the true one. Within one: it is the true one or adjacent to it.',
    `- ECE: expected calibration error of the most probable bucket, ${method.eceBins} bins; in parentheses the 95th`,
    `  percentile for a perfectly calibrated model on as many photos (${whole(method.calibratedDraws)} draws).`,
    `- Coverage: share of the labeled ages inside the ${wholePercent(model.intervalLevel)} interval.`,
    `- Other parentheses: ${level} bootstrap intervals over photos (${whole(method.bootstrapResamples)} resamples); for error`,
    "  rates, Wilson's intervals.",
    ...(ranges === null
      ? []
      : [
          '- Labels that are ranges of ages count only in group accuracy: the most probable of the groups of ages that occur',
          '  in the labels of the data set is the labeled one. Their ECE is that of the most probable group.',
        ]),
  ];
}

function evaluationData(
  model: DescribedModel,
  { dataset, model: evaluated }: MetricsFile,
): string[] {
  return [
    `${whole(dataset.photos)} photos: split "${dataset.split}" of the folder "${dataset.name}".`,
    ...(evaluated.faces === 'largest'
      ? ['The largest face was found in each photo and aligned, as the service does.']
      : []),
    ...[leftOutText(dataset)].filter((text) => text !== ''),
    splitRole(model, dataset),
  ];
}

function trainingData(model: DescribedModel): string[] {
  const { dataset } = model;
  const counts = Object.entries(dataset?.counts ?? {}).map(
    ([split, count]) => `${whole(count)} ${split}`,
  );
  return [
    dataset === null
      ? 'The manifest does not describe it.'
      : `Photos of the folder "${dataset.name}" (${counts.join(', ')}), fingerprint \`${dataset.fingerprint.slice(0, 16)}…\`.`,
    ...materials(model),
    ...knownDatasetsOf(model).flatMap(({ name, source, license, labels }) => [
      ...['', `${name}: ${source}`, '', `- ${license}`, `- ${labels}`],
    ]),
  ];
}

/** The license of everything that the version was made from; empty if the manifest lists nothing. */
function materials({ sources = [], derivedFrom = [] }: DescribedModel): string[] {
  const rows = [
    ...sources.map(({ name, photos, weight, license }) => [
      ...[`data set ${name}`, `${whole(photos)} training photos, weight ${weight}`, license],
    ]),
    ...derivedFrom.map(({ role, name, version, license }) => [
      ...[role, `${name}${version === undefined ? '' : ` ${version}`}`, license],
    ]),
  ];
  if (rows.length === 0) return [];
  return [
    ...['', '| made from | | license |', '| --- | --- | --- |'],
    ...rows.map((cells) => `| ${cells.map(cell).join(' | ')} |`),
  ];
}

/** Text that cannot end a cell of a table. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}

function ethics(model: DescribedModel): string[] {
  const names = knownDatasetsOf(model).map(({ name }) => name);
  return list([
    'An estimated age is a guess about a person. A wrong estimate can exclude someone or admit a child.',
    'Errors differ between groups; check the groups above before you rely on an average.',
    ...(names.length === 0
      ? []
      : [
          `Sex and ethnicity are categories of ${names.join(' and ')}; they were assigned by others, not by the people themselves.`,
        ]),
  ]);
}

function caveats(model: DescribedModel, { dataset, groups, ranges }: MetricsFile): string[] {
  const bands = Object.entries<{ count: number }>(groups.age ?? ranges?.groups.age ?? {}).sort(
    ([, a], [, b]) => a.count - b.count,
  );
  const [fewest, most] = [bands[0], bands.at(-1)];
  return list([
    splitRole(model, dataset),
    ...(fewest === undefined || most === undefined
      ? []
      : [
          `Ages are unevenly represented: ${whole(most[1].count)} photos for ${most[0]}, ${whole(fewest[1].count)} for ${fewest[0]}. The former dominate the overall metrics.`,
        ]),
    'Groups also differ in their age distribution, so a difference between them is not entirely due to the group.',
    'Intervals apply to other photos of the same kind, one group at a time, not to other cameras or places.',
    'Evaluate on your own photos (`npm run evaluate`) before you rely on these metrics.',
  ]);
}

function list(items: readonly string[], none = ''): string[] {
  return items.length === 0 ? [none] : items.map((item) => `- ${item}`);
}
