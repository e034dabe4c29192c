import { copyFile, cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { evaluate, type Evaluation } from '../../../src/learning/evaluation/run-evaluation.ts';
import { figuresTable } from '../../../src/learning/evaluation/text-table.ts';
import { evaluateCommand } from '../../../src/cli/commands/evaluate.ts';
import { readConfig } from '../../../src/common/config/config.ts';
import {
  parseMetricsFile,
  type MetricsFile,
} from '../../../src/learning/evaluation/metrics-file.ts';
import { drawFaceJpeg } from '../../../src/drawing/draw-face.ts';
import { utkFraming } from '../../../src/registry/framing.ts';
import { drawDataset } from '../../../src/drawing/draw-dataset.ts';
import { grayJpeg } from '../../support/gray-photo.ts';
import { exampleMetrics } from '../../support/models/evaluated-photos.ts';
import { createModelFolder, type ModelFolder } from '../../support/models/model-folder.ts';
import { decadesHead, writeTinyArtifact } from '../../support/models/tiny-artifact.ts';

let models: ModelFolder;
let data: string;
let cache: string;
let out: string;
let found: Evaluation | undefined;
let logged: string;

beforeAll(async () => {
  models = await createModelFolder();
  await writeTinyArtifact(models, 1);
  await writeTinyArtifact(models, 2, decadesHead);
  await models.writeAlias('production', 1);
  data = await mkdtemp(path.join(tmpdir(), 'data-'));
  cache = await mkdtemp(path.join(tmpdir(), 'cache-'));
  await drawDataset(data, { train: 1, val: 40 });
  await writeFile(path.join(data, 'groups.json'), '{"sex": {"0": "man", "1": "woman"}}');
});
beforeEach(async () => {
  [found, logged] = [undefined, ''];
  out = await mkdtemp(path.join(tmpdir(), 'results-'));
  return () => rm(out, { recursive: true });
});
afterAll(async () => {
  await models.remove();
  await rm(data, { recursive: true });
  await rm(cache, { recursive: true });
});

/** @param given options; of those given twice the last counts. */
async function run(...given: string[]): Promise<void> {
  const config = readConfig({ MODEL_REGISTRY: models.root });
  const command = evaluateCommand(async (options) => {
    const log = (text: string) => (logged += text);
    found = await evaluate(options, config, {
      log,
      progress: { update: () => {}, stop: () => {} },
    });
  });
  command.configureOutput({ writeErr: () => {} });
  const args = ['--data', data, '--cache', cache, '--out', out, ...given];
  await command.parseAsync(args, { from: 'user' });
}

const result = (file: string) => readFile(path.join(out, file), 'utf8');
const metrics = async (): Promise<MetricsFile> => parseMetricsFile(await result('metrics.json'));

describe('evaluate', () => {
  it('evaluates the production version in the serving engine', async () => {
    await run();
    expect(logged).toMatch(/face-age 1 \(.*onnxruntime: .*\) on 40 photos/);
    const printed = figuresTable(found!.metrics);
    expect(printed).toMatch(/^all +40 +\d/m);
    expect(printed).toMatch(/^woman +20 /m);
    expect(printed).toMatch(/^18 \+ 7 +\d+\.\d % \(\d of 8\)/m);
    expect((await readdir(out)).toSorted()).toEqual([
      'MODEL_CARD.md',
      'metrics.json',
      'report.html',
    ]);
    const { model, dataset, groups, history } = await metrics();
    expect(model).toMatchObject({ version: 1, engine: 'onnxruntime', device: 'cpu', size: null });
    const name = path.basename(data);
    expect(dataset).toEqual({ name, split: 'val', photos: 40, unreadable: 0, noFace: 0 });
    expect(groups.sex!['1']!.count).toBe(20);
    expect(history).toEqual([]);
    expect(await result('report.html')).not.toContain('data:image');
    expect(await result('MODEL_CARD.md')).toMatch(/^# face-age 1\n/);
  });

  it('evaluates a version that predicts buckets and explains what is not available', async () => {
    await run('--model', path.join(models.root, 'face-age', '2'), '--json');
    const { model, all } = found!.metrics;
    expect(await metrics()).toEqual(found!.metrics);
    expect(model).toMatchObject({ version: 2, head: 'buckets' });
    expect(all).toMatchObject({ count: 40, threshold: null });
    expect(await result('report.html')).toContain('Not available: the model predicts age buckets');
  });

  it('writes no value of a column that fewer than 20 photos share, and no free text', async () => {
    const personal = await mkdtemp(path.join(data, 'personal-'));
    const rows = Array.from({ length: 41 }, (_, index) => {
      const sex = index < 20 ? 'female' : index < 40 ? 'male' : 'Rarity';
      const notes = index < 30 ? 'met at 1 High Street with his whole family' : `note ${index}`;
      return `val/${index % 40}.jpg,${20 + (index % 40)},${sex},Person ${index},p${index}@example.org,"${notes}"\n`;
    });
    await cp(path.join(data, 'val'), path.join(personal, 'val'), { recursive: true });
    await copyFile(path.join(data, 'train/0.jpg'), path.join(personal, 'val/40.jpg'));
    rows[40] = rows[40]!.replace('val/0.jpg', 'val/40.jpg');
    await writeFile(
      path.join(personal, 'labels.csv'),
      `file,age,Sex,name,e-mail,notes\n${rows.join('')}`,
    );
    const names = '{"Sex": {"Rarity": "Secret Name"}, "sex": {"Rarity": "Secret Name"}}';
    await writeFile(path.join(personal, 'groups.json'), names);
    for (const groups of [[], ['--groups', 'sex,name,e-mail,notes']]) {
      await run('--data', personal, ...groups);
      const files = ['metrics.json', 'report.html', 'MODEL_CARD.md'];
      const written = [logged, ...(await Promise.all(files.map(result)))].join('\n');
      expect(written).not.toMatch(/Person \d|@example|Rarity|Secret|note \d|High Street/);
      expect(Object.keys((await metrics()).groups.sex!)).toEqual(['female', 'male']);
    }
  });

  it('embeds photos on request and counts unreadable ones', async () => {
    const flawed = await mkdtemp(path.join(data, 'flawed-'));
    await copyFile(path.join(data, 'val/3.jpg'), path.join(flawed, 'good.jpg'));
    await writeFile(path.join(flawed, 'broken.jpg'), 'no picture');
    const rows = ['good', 'broken', 'missing'].map((name) => `${name}.jpg,30,val\n`);
    await writeFile(path.join(flawed, 'labels.csv'), `file,age,split\n${rows.join('')}`);
    await run('--data', flawed, '--photos', '2');
    expect(logged).toMatch(
      /2 photos could not be read[^]*broken\.jpg: [^]*missing\.jpg: it does not exist/,
    );
    expect((await metrics()).dataset).toMatchObject({ photos: 1, unreadable: 2 });
    const report = await result('report.html');
    expect(report.match(/data:image\/jpeg;base64/g)).toHaveLength(1);
    expect(report).toContain('2 of 3 photos could not be read; all figures are over the other 1.');
  });

  it('finds the face in each photo if the version has a framing, and counts photos without one', async () => {
    const aligned = { ...(await writeTinyArtifact(models, 3)), framing: utkFraming };
    await models.write('3/manifest.json', JSON.stringify(aligned));
    const mixed = await mkdtemp(path.join(data, 'mixed-'));
    await writeFile(path.join(mixed, 'face.jpg'), drawFaceJpeg({ age: 30, seed: 1, size: 200 }));
    await writeFile(path.join(mixed, 'gray.jpg'), await grayJpeg(128));
    await writeFile(path.join(mixed, 'labels.csv'), 'file,age\nface.jpg,30\ngray.jpg,40\n');
    await run('--data', mixed, '--split', 'all', '--model', '3');
    expect(logged).toMatch(/1 photos show no face .*\n {2}gray\.jpg$/);
    const { dataset, model } = await metrics();
    expect(dataset).toMatchObject({ photos: 1, unreadable: 0, noFace: 1 });
    expect(model.faces).toBe('largest');
    const sentence = 'No face was found in 1 of 2 photos; all figures are over the other 1.';
    expect(figuresTable(found!.metrics)).toContain(sentence);
    expect(await result('MODEL_CARD.md')).toContain(sentence);
    await run('--data', mixed, '--split', 'all', '--model', '3', '--faces', 'none');
    expect((await metrics()).dataset).toMatchObject({ photos: 2, noFace: 0 });
    await rm(path.join(models.root, 'face-age/3'), { recursive: true });
  });

  it('evaluates labels that are ranges, alone and beside exact ages', async () => {
    const ranges = await mkdtemp(path.join(data, 'ranges-'));
    const labels = ['0-2', '3-9', '10-19', '20-29', '30-116', '34'];
    const rows = await Promise.all(
      labels.map(async (label, index) => {
        await copyFile(path.join(data, `val/${index}.jpg`), path.join(ranges, `${index}.jpg`));
        return `${index}.jpg,${label},${index < 5 ? 'val' : 'test'}\n`;
      }),
    );
    await writeFile(path.join(ranges, 'labels.csv'), `file,age,split\n${rows.join('')}`);
    await run('--data', ranges, '--photos', '5');
    const alone = await metrics();
    expect(alone).toMatchObject({ all: null, ranges: { all: { count: 5 } } });
    expect(alone.ranges!.labelGroups[0]!.groups!.map(({ label }) => label)).toEqual([
      ...labels.slice(0, 4),
      '30+',
    ]);
    expect(await result('report.html')).toContain('labeled 10-19, predicted');
    expect(await result('MODEL_CARD.md')).toContain('| all | 5 |');
    await run('--data', ranges, '--split', 'all');
    expect(await metrics()).toMatchObject({
      dataset: { photos: 6 },
      all: { count: 1 },
      ranges: alone.ranges,
    });
  });

  it('explains why a version without framing finds no faces', async () => {
    await expect(run('--faces', 'largest')).rejects.toThrow(
      'Version 1 has no framing, so it cannot find faces: evaluate it with --faces none',
    );
  });

  it('draws the training curves of a version', async () => {
    const epoch = { epoch: 1, loss: 3, validationMae: 9, learningRate: 0.1 };
    const trained = exampleMetrics(() => 0, { history: [epoch] });
    await models.write('1/metrics.json', JSON.stringify(trained));
    await run();
    await rm(path.join(models.root, 'face-age/1/metrics.json'));
    expect((await metrics()).history).toEqual([epoch]);
  });

  it.each([
    [['--model', '9'], /has no version 9 of face-age; it has 1, 2\./],
    [['--split', 'test'], /in split "test"; its splits are train, val\./],
    [['--engine', 'tensorflow'], /runs on onnxruntime, not on tensorflow/],
    [['--engine', 'mine'], /--engine <engine>' argument 'mine' is invalid/],
    [['--photos', 'many'], /--photos <n>' argument 'many' is invalid/],
    [['--data', ''], /--data <location>' argument '' is invalid\. Give a folder or s3:/],
    [['--data', '/nowhere'], /cannot list \/nowhere: ENOENT/],
    [['--url', 'http://127.0.0.1:9'], /cannot be reached; is the service running\?/],
    [['--out', '/dev/null/x'], /cannot be written to .*Choose another folder with --out\./],
  ])('rejects %j and says what to do', async (given, sentence) => {
    await expect(run(...given)).rejects.toThrow(sentence);
    expect(found).toBeUndefined();
  });

  it('rejects a version that was tampered with', async () => {
    await models.write('3/manifest.json', '{}');
    await expect(run('--model', '3')).rejects.toThrow(/3\/manifest\.json cannot be used/);
    await writeTinyArtifact(models, 3);
    await models.write('3/model.onnx', 'not what it was');
    await expect(run('--model', '3')).rejects.toThrow(/model\.onnx has 15 bytes/);
  });

  it('does not write into a version', async () => {
    const version = path.join(models.root, 'face-age', '1');
    await expect(run('--out', version)).rejects.toThrow(/versions are immutable\. Choose another/);
    expect((await readdir(version)).toSorted()).toEqual(['manifest.json', 'model.onnx']);
  });
});
