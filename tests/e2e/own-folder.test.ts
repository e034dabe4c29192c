import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';
import { programOf } from '../support/built-program.ts';
import { withoutTensorFlow } from '../support/models/native-tensorflow.ts';
import { drawOwnFolder } from '../support/own-folder.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';
import { smokeRecipe } from './smoke/smoke-recipe.ts';

/** What a command printed and its exit status. */
interface Outcome {
  code: number;
  printed: string;
}

describe.skipIf(withoutTensorFlow !== '')(`a folder as people have it${withoutTensorFlow}`, () => {
  let folder: string;
  let environment: Record<string, string>;
  let service: ServiceProcess | undefined;
  const at = (name: string) => path.join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'face-age-own-'));
    await drawOwnFolder(at('Fotos'), { Train: 240, Validation: 80 });
    await drawOwnFolder(at('gate'), { val: 100 });
    await writeFile(at('recipe.json'), JSON.stringify({ ...smokeRecipe, epochs: 6 }));
    environment = {
      PATH: process.env.PATH!,
      HOME: at('home'),
      MODEL_REGISTRY: at('registry'),
      FEEDBACK_STORE: at('feedback'),
      GATE_SET: at('gate'),
      RETRAIN_STATE_DIR: at('state'),
    };
  }, 120_000);
  afterAll(async () => {
    service?.child.kill();
    await service?.ended;
    await rm(folder, { recursive: true, force: true });
  });

  function run(script: string, ...args: string[]): Promise<Outcome> {
    const command = [...programOf(`scripts/${script}.ts`), ...args];
    return new Promise((resolve) => {
      execFile(process.execPath, command, { env: environment }, (error, printed, text) => {
        const code = error === null ? 0 : Number(error.code ?? 1);
        resolve({ code, printed: `${printed}\n${text}` });
      });
    });
  }

  async function succeed(script: string, ...args: string[]): Promise<string> {
    const { code, printed } = await run(script, ...args);
    expect(code, printed).toBe(0);
    return printed;
  }

  async function giveFeedback(seed: number, ages: Record<string, string>): Promise<string> {
    const form = new FormData();
    form.append('image', new Blob([drawFaceJpeg({ age: 30, seed })]), 'face.jpg');
    for (const [name, value] of Object.entries(ages)) form.append(name, value);
    const { address } = await service!.untilLogged('listening');
    await service!.untilLogged('model serves');
    const response = await fetch(`${String(address)}/v1/feedback`, { method: 'POST', body: form });
    const body = (await response.json()) as { id: string };
    expect(response.status, JSON.stringify(body)).toBe(201);
    return body.id;
  }

  it(
    'is trained on, evaluated, published, gated, promoted, given feedback and retrained',
    { timeout: 600_000 },
    async () => {
      const trained = await succeed(
        'train',
        ...['--data', at('Fotos'), '--recipe', at('recipe.json'), '--models', at('models')],
        ...['--license', 'my own photos'],
      );
      expect(trained).toMatch(/heic/i);
      expect(trained).toMatch(/kaputt\.jpg/);
      const models = at('models/face-age');
      const manifest = await readFile(path.join(models, '1/manifest.json'), 'utf8');
      const card = await readFile(path.join(models, '1/MODEL_CARD.md'), 'utf8');
      for (const published of [manifest, card, trained]) {
        expect(published).not.toContain('example.org');
        expect(published).not.toMatch(/deleted|resource fork/);
      }

      const evaluated = await succeed(
        'evaluate',
        ...['--data', at('Fotos'), '--model', `${models}/1`, '--out', at('evaluation')],
      );
      expect(evaluated).toMatch(/MAE/);

      await succeed('publish', `${models}/1`);
      await succeed('promote', '1', '--reason', 'the first');
      service = startService({ ...environment, MODEL_POLL_SECONDS: '1' });
      const ids = [
        await giveFeedback(501, { age: '31' }),
        await giveFeedback(502, { minAge: '20', maxAge: '29' }),
        await giveFeedback(503, { age: '50' }),
      ];
      await succeed('feedback', 'accept', '--all-pending');

      const retrain = ['--data', at('Fotos'), '--epochs', '1'];
      const force = ['--force', '--reason', 'so that it serves what feedback trained'];
      await succeed('retrain', ...retrain, ...force);
      const again = await run('retrain', ...retrain);
      expect(again.code, again.printed).toBe(13);

      for (const id of ids) await succeed('feedback', 'delete', id);
      const without = await run('retrain', ...retrain);
      expect([0, 10, 11], without.printed).toContain(without.code);
      expect(without.printed).toMatch(
        /WARNING: the gate will not be able to promote[^]+split "val" of .*gate has \d+ photos with exact ages and \d+ with ranges[^]+epoch 1\/1/,
      );
      const newest = await readFile(at('registry/face-age/3/manifest.json'), 'utf8');
      expect(newest).not.toContain('"feedback"');
    },
  );
});
