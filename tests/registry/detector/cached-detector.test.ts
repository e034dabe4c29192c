import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { shippedDetector } from '../../../src/registry/detector/local-detector.ts';
import { FileRegistry } from '../../../src/registry/file-registry.ts';
import { S3Registry } from '../../../src/registry/s3-registry.ts';
import { FolderStore } from '../../../src/registry/store/folder-store.ts';
import { StorageError, type WritableStore } from '../../../src/registry/store/object-store.ts';
import { exampleDetector, shippedReference } from '../../support/models/example-detector.ts';
import { createModelFolder, type ModelFolder } from '../../support/models/model-folder.ts';

const detector = exampleDetector(2);
let folder: ModelFolder;
let cacheDir: string;
beforeEach(async () => {
  folder = await createModelFolder();
  cacheDir = await mkdtemp(path.join(tmpdir(), 'cache-'));
  for (const [key, content] of detector.files) await folder.put(key, content);
});
afterEach(async () => {
  await folder.remove();
  await rm(cacheDir, { recursive: true });
});

const open = (openStore = () => Promise.resolve<WritableStore>(new FolderStore(folder.root))) =>
  new S3Registry({ location: 's3://bucket', openStore, cacheDir, maxBytes: 1_000_000 });
const openOffline = () =>
  open(() => Promise.reject<WritableStore>(new StorageError('the store is away')));

it('finds a downloaded detector without the store', async () => {
  const fetched = await open().fetchDetector(detector.reference);
  expect(await openOffline().fetchDetector(detector.reference)).toEqual(fetched);
});

it('finds the copy of the package without the store', async () => {
  const { directory } = await openOffline().fetchDetector(shippedReference);
  expect(directory).toBe(shippedDetector(1));
});

it('says that the store is away if neither it nor the package has the detector', async () => {
  await expect(openOffline().fetchDetector(detector.reference)).rejects.toThrow(
    /face-detector 2 .*the store is away/,
  );
});

it.each(['changed', 'cut short', 'removed'])('replaces a copy that was %s', async (damage) => {
  const { directory } = await open().fetchDetector(detector.reference);
  const file = path.join(directory, 'model.onnx');
  if (damage === 'changed') await writeFile(file, detector.graph.toReversed());
  if (damage === 'cut short') await writeFile(file, detector.graph.subarray(1));
  if (damage === 'removed') await rm(file);
  await open().fetchDetector(detector.reference);
  expect(await readFile(file)).toEqual(detector.graph);
});

it('leaves nothing of a download that fails', async () => {
  await rm(path.join(folder.root, 'face-detector/2/model.onnx'));
  await expect(open().fetchDetector(detector.reference)).rejects.toThrow();
  const entries = await readdir(cacheDir, { recursive: true });
  expect(entries.filter((name) => name.includes('face-detector/'))).toEqual([]);
});

it('downloads once for two processes that start together', async () => {
  const both = await Promise.all([1, 2].map(() => open().fetchDetector(detector.reference)));
  expect(both[0]).toEqual(both[1]);
  expect(await readdir(path.dirname(both[0]!.directory))).toHaveLength(1);
});

it('prefers the copy of the package where signatures are needed, as it holds a trusted manifest', async () => {
  const { publicKey } = generateKeyPairSync('ed25519');
  const network = await readFile(path.join(shippedDetector(1), 'model.onnx'));
  const manifest = await readFile(path.join(shippedDetector(1), 'manifest.json'));
  await folder.put('face-detector/1/model.onnx', network);
  await folder.put('face-detector/1/manifest.json', manifest);
  const places = async (registry: FileRegistry) =>
    (await registry.fetchDetector(shippedReference)).directory;
  expect(await places(new FileRegistry(folder.root))).toContain(folder.root);
  expect(await places(new FileRegistry(folder.root, { publicKey }))).toBe(shippedDetector(1));
});
