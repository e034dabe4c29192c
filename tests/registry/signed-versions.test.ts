import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePublicKey, readSigner, type Sign } from '../../src/common/ed25519.ts';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import { S3Registry } from '../../src/registry/s3-registry.ts';
import { FolderStore } from '../../src/registry/store/folder-store.ts';
import { newVersion } from '../support/models/new-version.ts';

let root: string;
let cacheDir: string;
let sign: Sign;
let publicKey: KeyObject;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'face-age-signed-'));
  cacheDir = path.join(root, 'cache');
  ({ sign, publicKey } = await keyPair('own'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function keyPair(name: string): Promise<{ sign: Sign; publicKey: KeyObject; file: string }> {
  const pair = generateKeyPairSync('ed25519');
  const file = path.join(root, `${name}.pem`);
  await writeFile(file, pair.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  return { sign: readSigner(file), publicKey: pair.publicKey, file };
}

const MODEL = 'face-age';
const registries = {
  'a folder': (trust: { publicKey?: KeyObject; sign?: Sign }) =>
    new FileRegistry(path.join(root, 'models'), trust),
  S3: (trust: { publicKey?: KeyObject; sign?: Sign }) =>
    new S3Registry({
      location: 's3://bucket',
      openStore: () => Promise.resolve(new FolderStore(path.join(root, 'models'))),
      cacheDir,
      maxBytes: 1e9,
      trust,
    }),
};

describe.each(Object.entries(registries))('signed versions in %s', (_name, open) => {
  const manifestFile = () => path.join(root, 'models', MODEL, '1/manifest.json');

  it('are fetched with the key, and also by a server that has none', async () => {
    await open({ sign }).publish(newVersion());
    for (const trust of [{ publicKey }, {}]) {
      const { manifest } = await open(trust).fetchArtifact(MODEL, 1);
      expect(manifest.version).toBe(1);
      expect(manifest.files.map(({ path: file }) => file)).toEqual(['model.onnx']);
    }
    expect(await open({ publicKey }).listVersions(MODEL)).toEqual([1]);
  });

  it('are needed where there is a key, whatever is in the cache', async () => {
    await open({}).publish(newVersion());
    await open({}).fetchArtifact(MODEL, 1);
    await expect(open({ publicKey }).fetchArtifact(MODEL, 1)).rejects.toThrow(
      /manifest\.json is not signed, and MODEL_PUBLIC_KEY is set; npx face-age models sign/,
    );
    await open({}).signVersion(MODEL, 1, sign);
    await expect(open({ publicKey }).fetchArtifact(MODEL, 1)).resolves.toBeDefined();
  });

  it('are refused with the signature of another key', async () => {
    const other = await keyPair('other');
    await open({ sign: other.sign }).publish(newVersion());
    await expect(open({ publicKey }).fetchArtifact(MODEL, 1)).rejects.toThrow(
      /the signature of .*manifest\.json is not valid for MODEL_PUBLIC_KEY/,
    );
  });

  it('are refused where the manifest was changed afterwards, or the signature is garbage', async () => {
    await open({ sign }).publish(newVersion());
    const text = await readFile(manifestFile(), 'utf8');
    await writeFile(manifestFile(), text.replace('for tests only', 'for tests ever'));
    await expect(open({ publicKey }).fetchArtifact(MODEL, 1)).rejects.toThrow(/is not valid/);
    await writeFile(manifestFile(), text);
    for (const garbage of ['', 'x', 'A'.repeat(88), '☃']) {
      await writeFile(`${manifestFile()}.sig`, garbage);
      await expect(open({ publicKey }).fetchArtifact(MODEL, 1)).rejects.toThrow(/is not valid/);
    }
  });

  it('keep their signature in a copy under the same number', async () => {
    const source = open({ sign });
    await source.publish(newVersion());
    const { manifest } = await source.fetchArtifact(MODEL, 1);
    const signed = await source.readSignature(MODEL, 1);
    const copy = new FileRegistry(path.join(root, 'copy'), { publicKey });
    const file = path.join(root, 'models', MODEL, '1/model.onnx');
    const files = new Map([['model.onnx', { file }]]);
    await copy.publish({ name: MODEL, at: () => Promise.resolve({ manifest, files, signed }) });
    await expect(copy.fetchArtifact(MODEL, 1)).resolves.toBeDefined();
    const other = { ...manifest, license: 'another' };
    await expect(
      copy.publish({ name: MODEL, at: () => Promise.resolve({ manifest: other, files, signed }) }),
    ).rejects.toThrow(/differs from its signed manifest; sign it again with --sign/);
    expect(await copy.listVersions(MODEL)).toEqual([1]);
  });
});

describe('a key', () => {
  it('is read from PEM, from DER in base64 and from its 32 bytes', () => {
    const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
    const der = publicKey.export({ format: 'der', type: 'spki' });
    for (const text of [pem, der.toString('base64'), der.subarray(-32).toString('base64')])
      expect(parsePublicKey(text).equals(publicKey)).toBe(true);
  });

  it('of another kind is refused', async () => {
    const { publicKey: rsa, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(() => parsePublicKey(rsa.export({ format: 'pem', type: 'spki' }).toString())).toThrow(
      /type rsa, not ed25519/,
    );
    for (const text of ['', 'abc', 'A'.repeat(44)]) expect(() => parsePublicKey(text)).toThrow();
    const file = path.join(root, 'rsa.pem');
    await writeFile(file, privateKey.export({ format: 'pem', type: 'pkcs8' }));
    expect(() => readSigner(file)).toThrow(/openssl genpkey -algorithm ed25519/);
  });

  it.skipIf(spawnSync('openssl', ['version']).status !== 0)(
    'is made by the commands of docs/models.md',
    async () => {
      const docs = await readFile('docs/models.md', 'utf8');
      const lines = docs.split('\n').filter((line) => line.startsWith('openssl '));
      expect(lines).toHaveLength(2);
      for (const line of lines) execFileSync('sh', ['-c', line], { cwd: root });
      const key = parsePublicKey(await readFile(path.join(root, 'model-key.pub'), 'utf8'));
      await new FileRegistry(path.join(root, 'models'), {
        sign: readSigner(path.join(root, 'model-key.pem')),
      }).publish(newVersion());
      const registry = new FileRegistry(path.join(root, 'models'), { publicKey: key });
      await expect(registry.fetchArtifact(MODEL, 1)).resolves.toBeDefined();
    },
  );
});
