import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '../../..');

it('kernel.wasm is compiled from kernel.wat: after a change, run `npx wat2wasm src/inference/preprocess/kernel.wat -o src/inference/preprocess/kernel.wasm`', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'face-age-kernel-'));
  try {
    const translated = path.join(folder, 'kernel.wasm');
    const translator = path.join(root, 'node_modules/.bin/wat2wasm');
    const source = path.join(root, 'src/inference/preprocess/kernel.wat');
    await promisify(execFile)(translator, [source, '-o', translated]);
    const committed = await readFile(path.join(root, 'src/inference/preprocess/kernel.wasm'));
    expect(committed.equals(await readFile(translated))).toBe(true);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
