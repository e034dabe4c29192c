import { access } from 'node:fs/promises';
import { InvalidArgumentError, type Command } from 'commander';
import type { AgeHeadSpec } from '../../inference/head/age-head.ts';
import { parseBucketEdges, type Bucket } from '../../inference/head/buckets.ts';
import type { ExternalModel } from '../../learning/training/publication/import-model.ts';
import { createCommand, jsonOption, option, printOutcome } from '../command.ts';
import { parseFinite, parsePositive, parseText } from '../option-values.ts';
import { framingGiven, framingOptions, type FramingOptions } from '../framing-option.ts';
import { registryTarget, type TargetOptions } from '../registry-target.ts';
import { registryHelp, registryOptions, signOption } from '../shared-options.ts';

/** One value for all channels, or one for each. */
type ChannelValues = readonly [number] | readonly [number, number, number];

interface ImportOptions extends TargetOptions, FramingOptions {
  license: string;
  buckets?: Bucket[];
  size?: { width: number; height: number };
  logits: boolean;
  mean: ChannelValues;
  std: ChannelValues;
  bgr: boolean;
  temperature: number;
  interval: { lowQuantile: number; highQuantile: number };
  architecture: string;
  faceOutput?: string;
  faceThreshold?: number;
  json?: boolean;
}

/** Where --face-output is given without a threshold: a face is then as probable as none. */
const FACE_THRESHOLD = 0.5;

const importOptions = [
  option('--license <text>', 'what the weights may be used for', {
    parse: parseText,
  }).makeOptionMandatory(),
  option(
    '--buckets <list>',
    'the output is one probability per bucket, such as 0-12,13-17,18-24,25-120: ascending, adjacent, from 0 to at least 100',
    { parse: parseBuckets },
  ),
  option(
    '--size <WxH>',
    'of the photos that the model takes (default: what the graph states, else 120x120)',
    { parse: parseSize },
  ),
  option('--logits', 'the output are logits: adds a softmax', { default: false }),
  option(
    '--mean <m>',
    'the input is (level / 255 − mean) / std; for color also one of each channel, such as 0.485,0.456,0.406',
    { parse: parseMeans, default: [0.5], shownDefault: '0.5' },
  ),
  option('--std <s>', 'see --mean', { parse: parseStds, default: [0.25], shownDefault: '0.25' }),
  option('--bgr', 'the graph takes BGR instead of RGB, as with OpenCV', { default: false }),
  ...framingOptions,
  option('--temperature <t>', 'of the distribution over ages', {
    parse: parsePositive,
    default: 1,
  }),
  option('--interval <low,high>', 'the quantiles of the 80 % interval', {
    parse: parseInterval,
    default: { lowQuantile: 0.1, highQuantile: 0.9 },
    shownDefault: '0.1,0.9',
  }),
  option(
    '--face-output <name>',
    'the output of the graph that holds the probability that its input is a framed face, float32 [n] or [n, 1]; the first of the others is the distribution',
    { parse: parseText },
  ),
  option(
    '--face-threshold <p>',
    `below this face probability, answers warn; without --face-output the probability is the last value of each row (default with --face-output: ${FACE_THRESHOLD})`,
    { parse: parseThreshold },
  ),
  option('--architecture <name>', 'shown in lists and reports', {
    parse: parseText,
    default: 'imported',
  }),
  ...registryOptions,
  signOption,
  jsonOption,
];

/** `face-age import MODEL.onnx`. */
export function importCommand(): Command {
  return createCommand(
    'import',
    'Publishes an ONNX model of your own. Its input are photos, float32 [n, height, width, 1] of gray levels or [n, height, width, 3] of colors, its output float32 ' +
      '[n, k] whose rows sum to 1: the probabilities of the ages 0 to 100 (k = 101), or with --buckets those of the buckets. ' +
      'Channels first, 16-bit floats, whole levels and a batch of one are adapted, which it reports. ' +
      'It may also output the probability that its input is a face: --face-output, --face-threshold.',
    importOptions,
  )
    .argument('<file>', 'the ONNX file')
    .addHelpText('after', registryHelp)
    .action(async (file: string, _options: unknown, command: Command) => {
      await access(file);
      const options = command.optsWithGlobals<ImportOptions>();
      const { registry, name } = registryTarget(options);
      const { importModel } = await import('../../learning/training/publication/import-model.ts');
      const { notes, ...imported } = await importModel(modelOf(file, name, options));
      const version = await registry.publish(imported);
      const text = [
        ...notes.map((note) => `${file}: import ${note}`),
        `published ${name} ${version} in ${registry.location}`,
        `Put it into service: npm run promote -- ${version}`,
      ].join('\n');
      printOutcome({ text, data: { name, version, registry: registry.location, notes } }, options);
    });
}

function modelOf(
  file: string,
  name: string,
  { size, mean, std, bgr, logits, architecture, license, ...rest }: ImportOptions,
): ExternalModel {
  const outputs = { head: headOf(rest), face: faceOf(rest) };
  const input = { size, ...levelsOf({ mean, std, bgr }), logits, framing: framingGiven(rest) };
  return { file, name, ...input, ...outputs, architecture, license };
}

/** Values of each channel are inserted into the graph, which then takes levels from 0 to 1. */
function levelsOf({
  mean,
  std,
  bgr,
}: Pick<ImportOptions, 'mean' | 'std' | 'bgr'>): Pick<ExternalModel, 'mean' | 'std' | 'colors'> {
  if (mean.length === 1 && std.length === 1) return { mean: mean[0], std: std[0], colors: { bgr } };
  return { mean: 0, std: 1, colors: { bgr, means: ofEach(mean), stds: ofEach(std) } };
}

function ofEach(values: ChannelValues): readonly [number, number, number] {
  return values.length === 3 ? values : [values[0], values[0], values[0]];
}

function faceOf({
  faceOutput: output,
  faceThreshold,
}: Pick<ImportOptions, 'faceOutput' | 'faceThreshold'>): ExternalModel['face'] {
  if (output === undefined && faceThreshold === undefined) return undefined;
  return { threshold: faceThreshold ?? FACE_THRESHOLD, output };
}

function headOf({
  buckets,
  temperature,
  interval,
}: Pick<ImportOptions, 'buckets' | 'temperature' | 'interval'>): AgeHeadSpec {
  if (buckets !== undefined) return { kind: 'buckets', buckets };
  return {
    kind: 'age-distribution',
    minAge: 0,
    maxAge: 100,
    temperature,
    interval: { level: 0.8, knots: [{ median: 50, ...interval }] },
  };
}

function parseBuckets(text: string): Bucket[] {
  try {
    return parseBucketEdges(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function parseThreshold(text: string): number {
  const value = parseFinite(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError('Give a number between 0 and 1.');
}

function parseMeans(text: string): ChannelValues {
  return channelValues(text, parseMean);
}

function parseStds(text: string): ChannelValues {
  return channelValues(text, parsePositive);
}

function channelValues(text: string, parse: (text: string) => number): ChannelValues {
  const [first, second, third, ...more] = text.split(',').map(parse);
  if (first !== undefined && second === undefined) return [first];
  if (first !== undefined && second !== undefined && third !== undefined && more.length === 0)
    return [first, second, third];
  throw new InvalidArgumentError('Give one number, or one for each of three channels.');
}

/** Levels are scaled to 0…1 before the mean is taken off. */
function parseMean(text: string): number {
  const mean = parseFinite(text);
  if (Math.abs(mean) <= 2) return mean;
  throw new InvalidArgumentError(
    `Give it for gray levels from 0 to 1, and --std too: for (gray − 127.5) / 127.5 both are 0.5; for gray levels from 0 to 255 ` +
      '--mean 0 --std 0.003922.',
  );
}

function parseSize(text: string): ImportOptions['size'] {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  if (height !== undefined) return { width: Number(width), height: Number(height) };
  throw new InvalidArgumentError('Give it as 120x120.');
}

function parseInterval(text: string): ImportOptions['interval'] {
  const [, low, high] = /^(0?\.\d+),(0?\.\d+)$/.exec(text) ?? [];
  if (high !== undefined) return { lowQuantile: Number(low), highQuantile: Number(high) };
  throw new InvalidArgumentError('Give it as 0.1,0.9.');
}
