import { homedir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { parseOptions } from '../../common/parse-options.ts';
import { shareSchema } from '../dataset/read-dataset.ts';

export const usage = `Usage: npm run evaluate -- --data FOLDER|s3://BUCKET/PREFIX [options]
Lets a model answer for the labelled photos of a split, one photo a pass, as the service would, and writes
metrics.json, report.html and MODEL_CARD.md.

  --data LOCATION   labelled photos, as npm run train takes them (default: FACES_DIR); an optional groups.json
                    names the groups' codes: {"sex": {"0": "male", "1": "female"}}
  --split NAME      the photos to judge on, or all (default: val); photos that come without a split are split as in
                    training, so val has none that were trained on
  --val-share SHARE of the photos of no split that validate (default: 0.1)
  --cache FOLDER    keeps preprocessed photos, which tell copies apart (default: ~/.cache/face-age/photos)
  --model MODEL     a version's folder (models/face-age/2), a version, or an alias
                    (default: MODEL_ALIAS of MODEL_NAME in MODEL_REGISTRY: production of face-age in ./models)
  --engine ENGINE   auto, onnxruntime or tensorflow (default: ENGINE, else auto)
  --precision P     auto, fp32 or int8 (default: PRECISION, else auto)
  --url URL         ask a running service instead, over HTTP
  --out FOLDER      where results go (default: evaluation/<name>-<version>-<split>, -int8 appended where it is that)
  --photos N        embed the N photos furthest off in the report (default: 0, none)
  --json            print metrics.json instead of a table`;

const options = {
  data: { type: 'string' },
  split: { type: 'string', default: 'val' },
  'val-share': { type: 'string', default: '0.1' },
  cache: { type: 'string', default: path.join(homedir(), '.cache/face-age/photos') },
  model: { type: 'string' },
  engine: { type: 'string' },
  precision: { type: 'string' },
  url: { type: 'string' },
  out: { type: 'string' },
  photos: { type: 'string', default: '0' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const optionsSchema = z.object({
  data: z.string().min(1, 'give a folder or s3://bucket/prefix, or set FACES_DIR'),
  split: z.string().min(1),
  'val-share': shareSchema,
  cache: z.string().min(1),
  model: z.string().min(1).optional(),
  engine: z.enum(['auto', 'onnxruntime', 'tensorflow']).optional(),
  precision: z.enum(['auto', 'fp32', 'int8']).optional(),
  url: z.url().optional(),
  out: z.string().min(1).optional(),
  photos: z.coerce.number().int().min(0),
  json: z.boolean(),
});

/** What is to be evaluated on what, and how it is told. */
export type EvaluationOptions = z.infer<typeof optionsSchema>;

/**
 * @param args the command line's, without the program.
 * @param facesDirectory the data folder where none is given.
 * @returns undefined where only help is wanted.
 * @throws Error naming the first option that cannot be used.
 */
export function readOptions(
  args: readonly string[],
  facesDirectory = '',
): EvaluationOptions | undefined {
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) return undefined;
  return parseOptions(optionsSchema, { ...values, data: values.data ?? facesDirectory });
}
