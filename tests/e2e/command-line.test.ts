import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { facePhoto, isOn, type PlacedFace } from '../support/face-photo.ts';
import { grayJpeg, levelOfAge } from '../support/gray-photo.ts';
import { listen, type ListeningServer } from '../support/listening.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { createTestService, type TestService } from '../support/test-service.ts';
import { writeTinyArtifact } from '../support/models/tiny-artifact.ts';

const faces: readonly PlacedFace[] = [
  { left: 40, top: 60, side: 140, seed: 2 },
  { left: 340, top: 120, side: 260, seed: 3 },
];
const program = new URL('../../scripts/face-age.js', import.meta.url).pathname;
let folder: string;
let models: ModelFolder;
let service: TestService;
let server: ListeningServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'face-age-cli-'));
  await mkdir(join(folder, 'photos/more'), { recursive: true });
  await writeFile(join(folder, 'photos/a.jpg'), await grayJpeg(levelOfAge(30)));
  await writeFile(join(folder, 'photos/more/b.JPEG'), await grayJpeg(levelOfAge(70)));
  await writeFile(join(folder, 'photos/notes.txt'), 'not looked at');
  await writeFile(join(folder, 'bad.jpg'), 'no photo');
  await writeFile(join(folder, 'group.jpg'), await facePhoto(640, 480, faces));
  models = await createModelFolder();
  await writeTinyArtifact(models);
  await models.writeAlias('production', 1);
  service = await createTestService();
  server = await listen(service.app);
});
afterAll(async () => {
  await server.close();
  await service.close();
  await models.remove();
  await rm(folder, { recursive: true });
});

interface Ended {
  status: number;
  out: string;
  text: string;
}

function run(args: readonly string[], settings: Record<string, string> = {}): Promise<Ended> {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    ENGINE: 'onnxruntime',
    MODEL_REGISTRY: models.root,
    ...settings,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: folder, env }, (error, out, text) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, out, text }),
    );
  });
}

describe('face-age predict', () => {
  it('estimates ages without a server', async () => {
    const { status, out } = await run(['predict', 'photos/a.jpg', '--at-least', '5']);
    expect(status).toBe(0);
    expect(out).toMatch(
      /^photos\/a\.jpg: [\d.]+ years \([\d.]+ to [\d.]+ with 80 %\), .* 5 or older: \w+/,
    );
  });

  it('takes folders and prints a table', async () => {
    const { status, out } = await run([
      'predict',
      'photos',
      'bad.jpg',
      '--csv',
      '--at-least',
      '18',
    ]);
    expect(status).toBe(1);
    const [header, ...lines] = out.trimEnd().split('\n');
    expect(header).toBe(
      'file,version,mean,median,low,high,bucket,probability,at_least_18,decision_18,warnings,error,' +
        'face_x,face_y,face_width,face_height',
    );
    expect(lines.map((line) => line.split(',')[0])).toEqual([
      'photos/a.jpg',
      'photos/more/b.JPEG',
      'bad.jpg',
    ]);
    expect(lines.map((line) => line.split(',')[1])).toEqual(['1', '1', '']);
    expect(lines[2]).toContain('Text is not read');
  });

  it('answers many photos at once without a warning of Node, and names what it leaves out', async () => {
    await mkdir(join(folder, 'many'));
    const names = Array.from({ length: 60 }, (_, index) => `${index}.jpg`);
    for (const name of [...names, 'phone.heic'])
      await copyFile(join(folder, 'photos/a.jpg'), join(folder, 'many', name));
    const { status, out, text } = await run(['predict', 'many', '--json']);
    expect(status).toBe(0);
    expect(out.trimEnd().split('\n')).toHaveLength(60);
    expect(text).toContain('many: left out 1 .heic (not read; convert to JPEG or PNG)');
    expect(text).not.toMatch(/Warning/);
    await rm(join(folder, 'many'), { recursive: true });
  });

  it('prints a line for each face where all are asked for', async () => {
    const registry = new URL('../../models', import.meta.url).pathname;
    const settings = { MODEL_REGISTRY: registry };
    const args = ['predict', 'group.jpg', 'photos/a.jpg', '--faces', 'all', '--csv'];
    const { status, out } = await run(args, settings);
    expect(status).toBe(0);
    const rows = out.trimEnd().split('\n').slice(1);
    const cells = rows.map((row) => row.split(','));
    expect(cells.map(([file]) => file)).toEqual(['group.jpg', 'group.jpg', 'photos/a.jpg']);
    const [x, y, width, height] = cells[0]!.slice(-4).map(Number) as [
      number,
      number,
      number,
      number,
    ];
    expect(isOn({ x, y, width, height }, faces[1]!)).toBe(true);
    expect(rows[2]).toContain('no face');
  });

  it('queries a service and prints its answers', async () => {
    const url = `http://127.0.0.1:${server.port}`;
    const args = ['predict', 'photos', '--json', '--url', url, '--buckets', '0-49,50-120'];
    const { status, out } = await run(args);
    expect(status).toBe(0);
    const answers = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { prediction: { age: object; bucket: object } });
    expect(answers).toMatchObject([
      {
        file: 'photos/a.jpg',
        version: 1,
        prediction: { age: { mean: 30 }, bucket: { label: '0-49' } },
      },
      { prediction: { age: { mean: 70 }, bucket: { label: '50-120' } } },
    ]);
  });

  it.each([
    [[], 2, /missing required argument 'photos'/],
    [['--nonsense', 'a.jpg'], 2, /nonsense/],
    [['missing.jpg'], 1, /missing\.jpg cannot be read/],
    [['photos/more', '--crop', 'nonsense'], 1, /crop/],
    [['photos', '--model', '9'], 1, /no version 9/],
  ])('rejects %j with a reason', async (args, expected, reason) => {
    const { status, text, out } = await run(['predict', ...args]);
    expect(out).toBe('');
    expect(text).toMatch(reason);
    expect(status).toBe(expected);
  });
});

describe('face-age', () => {
  it('lists its commands, and suggests one for an unknown name', async () => {
    const help = await run(['--help']);
    expect(help.status).toBe(0);
    for (const name of ['predict', 'serve', 'doctor', 'models', 'train', 'evaluate'])
      expect(help.out).toMatch(new RegExp(`^  ${name} `, 'm'));
    for (const name of ['predcit', 'constructor']) {
      const wrong = await run([name]);
      expect(wrong.status).toBe(2);
      expect(wrong.text).toMatch(new RegExp(`^error: unknown command '${name}'`));
    }
    expect((await run(['predcit'])).text).toContain('Did you mean predict?');
    expect((await run(['serve', '--prot', '1'])).status).toBe(2);
  });

  it('shows the help of a command without running it, and the version', async () => {
    const serve = await run(['serve', '--help']);
    expect(serve).toMatchObject({ status: 0, text: '' });
    expect(serve.out).toMatch(/^Usage: face-age serve/);
    const train = await run(['help', 'train']);
    expect(train.out).toMatch(/^ +--val-share <share> /m);
    const { version } = JSON.parse(
      await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { version: string };
    expect(await run(['--version'])).toEqual({ status: 0, out: `${version}\n`, text: '' });
  });

  it('serves, and ends with status 0 at SIGTERM', async () => {
    const env = { PATH: process.env.PATH, MODEL_REGISTRY: models.root, PORT: '0' };
    const child = spawn(process.execPath, [program, 'serve'], { env, cwd: folder });
    let logged = '';
    child.stdout.on('data', (text: Buffer) => {
      const wasServing = logged.includes('model serves');
      logged += String(text);
      // A second signal would end the service without draining.
      if (!wasServing && logged.includes('model serves')) child.kill('SIGTERM');
    });
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(logged).toContain('listening');
  });

  it('models lists, promotes and sets the exit status', async () => {
    await writeTinyArtifact(models, 2);
    expect((await run(['models'])).out).toMatch(/^1 /m);
    expect((await run(['models', 'promote', '2'])).out).toMatch(
      /production of face-age .* is version 2/,
    );
    expect((await run(['models', 'diff', '1', '2'])).status).toBe(0);
    expect((await run(['models', 'rollback'])).out).toMatch(/is version 1/);
    expect((await run(['models', 'promote', '9'])).status).toBe(1);
    expect((await run(['models', '--alias', 'canary', 'history'])).text).toContain(
      'no alias "canary"',
    );
  });

  it('doctor finds no fault, or says what to do', async () => {
    const well = await run(['doctor']);
    expect(well.out).toMatch(/^ok {3}model .* one photo in [\d.]+ ms$/m);
    expect(well.out).toMatch(
      /^ok {3}license +of face-age 1: .*; no commercial use: the license of/m,
    );
    expect(well.status).toBe(0);
    const strict = await run(['doctor'], { LICENSE_POLICY: 'commercial' });
    expect(strict.out).toMatch(/^BAD {2}license [^]*→ LICENSE_POLICY=commercial refuses it/m);
    expect(strict.status).toBe(1);
    const ill = await run(['doctor', '--json'], { MODEL_REGISTRY: join(folder, 'nowhere') });
    expect(ill.status).toBe(1);
    const findings = JSON.parse(ill.out) as { name: string; state: string; advice?: string }[];
    const registry = findings.find(({ name }) => name === 'registry');
    expect(registry).toMatchObject({ state: 'fault' });
    expect(registry?.advice).toMatch(/models sync/);
  });
});
