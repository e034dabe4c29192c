import { cp, mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, useCommandRegistries } from '../support/command-registries.ts';
import { exampleDetector } from '../support/models/example-detector.ts';
import { writeTinyArtifact } from '../support/models/tiny-artifact.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';

const at = useCommandRegistries();
const { run, json, versionFolder } = at;
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
      [1, 'publish', path.join(at.source.root, 'face-age/9')],
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
    expect(await readdir(at.target)).toEqual([]);
  });

  it('prune all versions except the newest and those that are current or previous for an alias', async () => {
    for (const version of [1, 2]) await publish(version);
    for (const version of [3, 4, 5]) {
      await writeTinyArtifact(at.source, version);
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
      const file = path.join(at.target, key);
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
    await at.source.writeAlias('production', 2);
    const from = ['--from', at.source.root];
    expect(await json('sync', ...from)).toMatchObject({
      published: [1, 2],
      aliases: ['production'],
    });
    expect(await json('sync', ...from)).toMatchObject({ published: [], aliases: [] });
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
    service = startService({ MODEL_REGISTRY: at.target, ADMIN_TOKEN });
    const { address } = await service.untilLogged('listening');
    const wait = ['--wait', String(address), '--timeout', '60'];
    expect(await json('promote', '2', ...wait)).toMatchObject({ followed: [address] });
    await cp(path.join(at.target, 'face-age/2'), path.join(at.target, 'face-age/3'), {
      recursive: true,
    });
    const refused = await run('promote', '3', ...wait);
    expect(refused.code).toBe(1);
    expect(refused.text).toMatch(/refuses version 3: .* belongs to face-age 2/);
  });
});
