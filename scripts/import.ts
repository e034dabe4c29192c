import { access } from 'node:fs/promises';
import { z } from 'zod';
import type { AgeHeadSpec } from '../src/inference/head/age-head.ts';
import { parseBucketEdges } from '../src/inference/head/buckets.ts';
import { defaultPreprocessSpec } from '../src/inference/preprocess/spec.ts';
import { parseOptions } from '../src/common/parse-options.ts';
import { runCommand } from '../src/cli/registry-command.ts';
import { importModel } from '../src/learning/training/publication/import-model.ts';
import { placeOptions, placeUsage, readSettings } from '../src/registry/registry-settings.ts';

const usage = `Usage: npm run import -- MODEL.onnx --license TEXT [options]
Publishes an ONNX model of your own. Its input is float32 [n, height, width, 1] of grey levels, its output float32
[n, k], rows summing to 1: the probabilities of the ages 0 … 100 (k = 101), or with --buckets those of the buckets.

  --license TEXT       what the weights may be used for
  --buckets LIST       such as 0-12,13-17,18-24,25-120: ascending, touching, from 0 to at least 100
  --size WxH           of the photos it takes (default: 120x120)
  --mean M, --std S    its input is (grey / 255 − M) / S (default: 0.5 and 0.25)
  --temperature T      of the distribution over ages (default: 1)
  --interval LOW,HIGH  quantiles of the 80 % interval (default: 0.1,0.9)
  --architecture NAME  for people (default: imported)
${placeUsage}`;

const options = {
  ...placeOptions,
  license: { type: 'string' },
  buckets: { type: 'string' },
  size: { type: 'string', default: '120x120' },
  mean: { type: 'string', default: '0.5' },
  std: { type: 'string', default: '0.25' },
  temperature: { type: 'string', default: '1' },
  interval: { type: 'string', default: '0.1,0.9' },
  architecture: { type: 'string', default: 'imported' },
} as const;

const optionsSchema = z.object({
  license: z.string('say what the weights may be used for').min(1),
  buckets: z.string().transform(parseBucketEdges).optional(),
  size: z
    .string()
    .regex(/^\d+x\d+$/, 'give it as 120x120')
    .transform((text) => text.split('x').map(Number) as [number, number]),
  mean: z.coerce.number(),
  std: z.coerce.number().positive(),
  temperature: z.coerce.number().positive(),
  interval: z
    .string()
    .regex(/^0?\.\d+,0?\.\d+$/, 'give it as 0.1,0.9')
    .transform((text) => text.split(',').map(Number) as [number, number]),
  architecture: z.string().min(1),
});

await runCommand(usage, options, async ({ values, positionals: [file] }) => {
  if (file === undefined) throw new Error(`give an ONNX file\n\n${usage}`);
  await access(file);
  const importOptions = parseOptions(optionsSchema, values);
  const { registry, name } = readSettings(values);
  const [width, height] = importOptions.size;
  const version = await registry.publish(
    await importModel({
      file,
      name,
      preprocess: {
        ...defaultPreprocessSpec,
        width,
        height,
        mean: importOptions.mean,
        std: importOptions.std,
      },
      head: headOf(importOptions),
      architecture: importOptions.architecture,
      license: importOptions.license,
    }),
  );
  return {
    text: `published ${name} ${version} in ${registry.location}\nnpm run promote -- ${version} lets it serve`,
    data: { name, version, registry: registry.location },
  };
});

function headOf({ buckets, temperature, interval }: z.infer<typeof optionsSchema>): AgeHeadSpec {
  if (buckets !== undefined) return { kind: 'buckets', buckets };
  const [lowQuantile, highQuantile] = interval;
  return {
    kind: 'age-distribution',
    minAge: 0,
    maxAge: 100,
    temperature,
    interval: { level: 0.8, knots: [{ median: 50, lowQuantile, highQuantile }] },
  };
}
