import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { programOf } from '../support/built-program.ts';
import { parseManifest } from '../../src/registry/manifest.ts';
import { exampleDetector } from '../support/models/example-detector.ts';
import { exampleManifest } from '../support/models/example-manifest.ts';
import { endlessLoad, hostileGraph, hugeTensor } from '../support/models/hostile-graphs.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';
import { writeTinyArtifact } from '../support/models/tiny-artifact.ts';
import { twoOutputGraph } from '../support/models/two-output-graph.ts';

/** Versions 1 and 2 are in `source`; `target` is the registry that the commands work on, empty at first. */
let source: ModelFolder;
let target: string;
beforeEach(async () => {
  source = await createModelFolder();
  await writeTinyArtifact(source, 1);
  await writeTinyArtifact(source, 2);
  target = await mkdtemp(path.join(tmpdir(), 'registry-'));
});
afterEach(async () => {
  await source.remove();
  await rm(target, { recursive: true });
});

const ADMIN_TOKEN = 'a-token-of-16-or-more';

interface Ended {
  code: number;
  printed: string;
  text: string;
}

/** A command as a person runs it. */
function run(command: string, ...given: string[]): Promise<Ended> {
  const args = [...programOf(`scripts/${command}.ts`), ...given];
  const env = { PATH: process.env.PATH, MODEL_REGISTRY: target, ADMIN_TOKEN };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { env }, (error, printed, text) => {
      resolve({ code: Number(error?.code ?? 0), printed, text });
    });
    child.stdin!.end();
  });
}

async function json(command: string, ...given: string[]): Promise<Record<string, unknown>> {
  const { code, printed, text } = await run(command, ...given, '--json');
  expect(text).toBe('');
  expect(code).toBe(0);
  return JSON.parse(printed) as Record<string, unknown>;
}

const versionFolder = (version: number) => path.join(source.root, 'face-age', String(version));
const publish = (version: number) => json('publish', versionFolder(version));

describe('publish, promote, rollback and models', { timeout: 120_000 }, () => {
  it('publish a version, put it into service and take it out again', async () => {
    expect(await publish(1)).toMatchObject({ version: 1, isNew: true });
    expect(await publish(2)).toMatchObject({ version: 2, isNew: true });
    expect(await publish(2)).toMatchObject({ version: 2, isNew: false });
    await json('promote', '1');
    await json('promote', '2', '--expect', '1', '--reason', 'better');
    const lost = await run('promote', '1', '--expect', '1');
    expect(lost).toMatchObject({
      code: 1,
      text: expect.stringContaining('points to version 2') as string,
    });
    expect(await json('rollback')).toMatchObject({ version: 1, previous: 2 });
    const { events } = await json('models', 'history');
    expect(events).toMatchObject([
      { version: 1, by: `${userInfo().username}@${hostname()}` },
      { version: 2, reason: 'better' },
      { version: 1 },
    ]);
    const { printed } = await run('models');
    expect(printed).toMatch(/^1 +production +/m);
    expect(printed).toMatch(/^2 +- +/m);
  });

  it('explain what is wrong and change nothing', async () => {
    await cp(versionFolder(2), versionFolder(3), { recursive: true });
    await writeFile(path.join(versionFolder(3), 'model.onnx'), 'no graph');
    for (const [expected, command, ...given] of [
      [1, 'publish', versionFolder(3)],
      [2, 'publish', '2'],
      [1, 'publish', path.join(source.root, 'face-age/9')],
      [1, 'promote', '1'],
      [2, 'promote', 'one'],
      [1, 'rollback'],
      [2, 'models', 'nonsense'],
      [2, 'models', 'prune'],
    ] as const) {
      const { code, printed, text } = await run(command, ...given);
      expect({ command, given, code, printed }).toEqual({
        ...{ command, given, code: expected, printed: '' },
      });
      expect(text).not.toMatch(/^[\t ]+at /m);
    }
    expect(await readdir(target)).toEqual([]);
  });

  it('prune all versions except the newest and those that are current or previous for an alias', async () => {
    for (const version of [1, 2]) await publish(version);
    for (const version of [3, 4, 5]) {
      await writeTinyArtifact(source, version);
      await publish(version);
    }
    await json('promote', '1');
    await json('promote', '2');
    expect(await json('models', 'prune', '--keep', '1', '--dry-run')).toMatchObject({
      removed: [3, 4],
    });
    expect(await json('models', 'prune', '--keep', '1')).toMatchObject({ kept: [1, 2, 5] });
    expect(await json('models', 'prune', '--keep', '1')).toMatchObject({ removed: [] });
  });

  it('prune detectors, but do not remove any without an answer or --yes', async () => {
    const detector = exampleDetector(2);
    for (const [key, content] of detector.files) {
      const file = path.join(target, key);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content);
      await utimes(file, new Date(0), new Date(0));
    }
    expect((await run('models', 'prune', '--detectors', '--keep', '1')).code).toBe(2);
    const unanswered = await run('models', 'prune', '--detectors');
    expect(unanswered).toMatchObject({
      code: 1,
      text: expect.stringContaining('give --yes') as string,
    });
    expect(await json('models', 'prune', '--detectors', '--yes')).toMatchObject({ removed: [2] });
    expect(await json('models', 'prune', '--detectors')).toMatchObject({ removed: [] });
  });
});

describe('sync', { timeout: 120_000 }, () => {
  it('fills an empty registry once', async () => {
    await source.writeAlias('production', 2);
    const from = ['--from', source.root];
    expect(await json('sync', ...from)).toMatchObject({
      published: [1, 2],
      aliases: ['production'],
    });
    expect(await json('sync', ...from)).toMatchObject({ published: [], aliases: [] });
  });
});

describe('import', { timeout: 120_000 }, () => {
  it('publishes an ONNX model of your own, which can then serve', async () => {
    const graph = path.join(versionFolder(1), 'model.onnx');
    const { width, height } = exampleManifest().preprocess;
    const size = ['--size', `${width}x${height}`];
    const imported = await json('import', graph, '--license', 'mine', ...size);
    expect(imported).toMatchObject({ version: 1 });
    await json('promote', '1');
    const { code, printed } = await run('publish', path.join(target, 'face-age/1'));
    expect({ code, printed }).toMatchObject({ code: 0 });
  });

  it('publishes a model with a face output, named or behind the ages', async () => {
    const graph = path.join(target, 'mine.onnx');
    const given = [graph, '--license', 'mine', '--size', '16x16'];
    const published = async (version: number) =>
      parseManifest(await readFile(path.join(target, `face-age/${version}/manifest.json`), 'utf8'));
    await writeFile(graph, twoOutputGraph({ side: 16, outputs: 101, form: 'list' }));
    expect(await json('import', ...given, '--face-output', 'is_face')).toMatchObject({
      version: 1,
    });
    const named = await published(1);
    expect(named.face).toEqual({ threshold: 0.5 });
    expect(named.golden[0]!.output).toHaveLength(102);
    await writeFile(graph, await readFile(path.join(target, 'face-age/1/model.onnx')));
    const threshold = ['--face-threshold', '0.3'];
    expect(await json('import', ...given, ...threshold)).toMatchObject({ version: 2 });
    const behind = await published(2);
    expect(behind.face).toEqual({ threshold: 0.3 });
    expect(behind.golden).toEqual(named.golden);
    const { code, text } = await run('publish', path.join(target, 'face-age/2'));
    expect({ code, text }).toMatchObject({ code: 0 });
  });

  it('rejects a face output that the model does not have', async () => {
    const graph = path.join(versionFolder(1), 'mine.onnx');
    await writeFile(graph, twoOutputGraph({ side: 16, outputs: 101 }));
    const given = [graph, '--license', 'mine', '--size', '16x16'];
    for (const [expected, options, why] of [
      [1, ['--face-output', 'smile'], /has no output smile; it has answers, is_face/],
      [1, ['--face-threshold', '0.5'], /returned \d+ values for 1 images, expected 102/],
      [2, ['--face-output', 'is_face', '--face-threshold', '1'], /Give a number between 0 and 1/],
      [2, ['--face-threshold', 'half'], /Give a number/],
    ] as const) {
      const { code, text } = await run('import', ...given, ...options);
      expect(text).toMatch(why);
      expect(code).toBe(expected);
    }
    // The raw sums of pixels are no probabilities.
    await writeFile(graph, twoOutputGraph({ side: 16, outputs: 101, order: ['answers', 'total'] }));
    const { text } = await run('import', ...given, '--face-output', 'total');
    expect(text).toMatch(/cannot be imported: .*not return a valid probability .* is a face/);
    expect(await readdir(target)).toEqual([]);
  });

  it('rejects a file or options that do not describe such a model', async () => {
    const graph = path.join(versionFolder(1), 'model.onnx');
    const license = ['--license', 'mine'];
    const manifest = path.join(versionFolder(1), 'manifest.json');
    for (const [expected, given, why] of [
      [2, [graph], /--license/],
      [1, [graph, ...license, '--size', '7x7'], /preprocess|cannot be imported/],
      [2, [graph, ...license, '--size', '7'], /Give it as 120x120/],
      [2, [graph, ...license, '--buckets', '0-20,30-100'], /30-100 does not start at 21/],
      [1, [manifest, ...license], /cannot be imported/],
      [1, ['/nowhere.onnx', ...license], /\/nowhere\.onnx/],
    ] as const) {
      const { code, text } = await run('import', ...given);
      expect(text).toMatch(why);
      expect(code).toBe(expected);
    }
    expect(await readdir(target)).toEqual([]);
  });

  it('ends with an error for a graph that never loads or takes gigabytes, and publishes nothing', async () => {
    const graph = path.join(versionFolder(1), 'hostile.onnx');
    for (const hostile of [endlessLoad(), hugeTensor(12e9)]) {
      await writeFile(graph, hostileGraph(120, 101, hostile));
      const { code, text } = await run('import', graph, '--license', 'mine');
      expect(text).toMatch(/cannot be imported: .*(?:memory|longer than)/);
      expect(code).toBe(1);
    }
    expect(await readdir(target)).toEqual([]);
  });
});

describe('promote --wait', { timeout: 120_000 }, () => {
  let service: ServiceProcess;
  afterEach(async () => {
    service.child.kill('SIGTERM');
    await service.ended;
  });

  it('returns when a server serves the version, and fails if the server refuses it', async () => {
    for (const version of [1, 2]) await publish(version);
    await json('promote', '1');
    service = startService({ MODEL_REGISTRY: target, ADMIN_TOKEN });
    const { address } = await service.untilLogged('listening');
    const wait = ['--wait', String(address), '--timeout', '60'];
    expect(await json('promote', '2', ...wait)).toMatchObject({ followed: [address] });
    await cp(path.join(target, 'face-age/2'), path.join(target, 'face-age/3'), { recursive: true });
    const refused = await run('promote', '3', ...wait);
    expect(refused.code).toBe(1);
    expect(refused.text).toMatch(/refuses version 3: .* belongs to face-age 2/);
  });
});
