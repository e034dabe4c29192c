import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadTensorFlow } from '../src/engine/tensorflow-runtime.ts';
import { readLabels } from '../src/training/labels.ts';
import { loadPhotos } from '../src/training/photo-loader.ts';
import { recipeSchema } from '../src/training/recipe.ts';
import { Trainer } from '../src/training/trainer.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env['FACES_DIR'] ?? '' },
    recipe: { type: 'string' },
    set: { type: 'string', default: '{}' },
    checkpoint: { type: 'string', default: '.cache/checkpoint.bin' },
    resume: { type: 'boolean', default: false },
  },
});
const tf = loadTensorFlow();
const recipe = recipeSchema.parse(JSON.parse(values.set));
const labelled = await readLabels(values.data);
const spec = {
  width: 120,
  height: 120,
  channels: 1,
  fit: 'cover',
  kernel: 'triangle',
  grayscale: 'rec601',
  mean: 0.5,
  std: 0.25,
} as const;
console.log('loading');
const split = (name: string) =>
  loadPhotos(
    labelled.filter((photo) => photo.split === name),
    spec,
  );
const [train, validation] = [await split('train'), await split('val')];
await mkdir(path.dirname(values.checkpoint), { recursive: true });
const trainer = new Trainer(tf, {
  recipe,
  train,
  validation,
  normalisation: spec,
  checkpointFile: values.checkpoint,
  resume: values.resume,
  onEpoch: (report) => console.log(new Date().toISOString(), JSON.stringify(report)),
});
console.log(train.count, validation.count);
await trainer.run();
