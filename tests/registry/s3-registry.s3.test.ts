import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findModel } from '../../src/registry/model-reference.ts';
import { openRegistry } from '../../src/registry/open-registry.ts';
import { startFaultyProxy, type FaultyProxy } from '../support/fakes/faulty-proxy.ts';
import { exampleContent, exampleManifest, fileEntry } from '../support/models/example-manifest.ts';
import {
  createBucket,
  s3Endpoint,
  s3Options,
  withoutS3,
  type TestBucket,
} from '../support/s3-bucket.ts';
import { moveTo, newVersion } from '../support/models/new-version.ts';
import { describeRegistry } from './registry-contract.ts';

const MODEL = 'face-age';

describe.skipIf(withoutS3 !== '')(`models in S3${withoutS3}`, () => {
  describeRegistry('a registry in S3', async () => {
    const bucket = await createBucket();
    const cacheDir = await mkdtemp(path.join(tmpdir(), 'cache-'));
    const openAnother = () =>
      openRegistry(`s3://${bucket.name}/models`, { s3: s3Options, cacheDir });
    const folder = `models/${MODEL}/`;
    return {
      registry: openAnother(),
      openAnother,
      write: (key, content) => bucket.put(folder + key, content),
      put: (key, content) => bucket.put(`models/${key}`, content),
      list: async () => (await bucket.list()).map((key) => path.posix.relative(folder, key)),
      remove: async () => {
        await bucket.remove();
        await rm(cacheDir, { recursive: true });
      },
    };
  });

  describe('behind a faulty network', () => {
    let bucket: TestBucket;
    let proxy: FaultyProxy;
    let cacheDir: string;
    beforeEach(async () => {
      bucket = await createBucket();
      proxy = await startFaultyProxy(s3Endpoint);
      cacheDir = await mkdtemp(path.join(tmpdir(), 'cache-'));
    });
    afterEach(async () => {
      await proxy.close();
      await bucket.remove();
      await rm(cacheDir, { recursive: true });
    });

    const open = (endpoint = proxy.endpoint) =>
      openRegistry(`s3://${bucket.name}`, {
        s3: { ...s3Options, endpoint, retryPolicy: { smallMs: 3000 } },
        cacheDir,
      });
    /** Publishes like somebody with other tools. */
    const putManifest = (file: { bytes: number; sha256: string }) => {
      const manifest = exampleManifest({ files: [{ path: 'model.onnx', ...file }] });
      return bucket.put(`${MODEL}/1/manifest.json`, JSON.stringify(manifest));
    };
    const entry = fileEntry('model.onnx', exampleContent);
    /** Everything in the folder of the model's local copies. */
    const copies = async () => {
      const entries = await readdir(cacheDir, { recursive: true });
      return entries.filter((name) => name.includes(`${MODEL}/`));
    };

    it('polls with conditional requests', async () => {
      const registry = open();
      const pointer = await registry.changeAlias(MODEL, 'production', moveTo(1));
      proxy.requests.length = 0;
      for (let poll = 0; poll < 3; poll++)
        expect(await registry.readAlias(MODEL, 'production')).toEqual(pointer);
      const moved = await open(s3Endpoint).changeAlias(MODEL, 'production', moveTo(2));
      expect(await registry.readAlias(MODEL, 'production')).toEqual(moved);
      expect(proxy.requests.map(({ status }) => status)).toEqual([200, 304, 304, 200]);
    });

    it('resolves a version by its location', async () => {
      await open().publish(newVersion());
      const defaults = { location: './models', name: 'other', alias: 'production' };
      const options = { s3: { ...s3Options, endpoint: proxy.endpoint }, cacheDir };
      const reference = `s3://${bucket.name}/${MODEL}/1`;
      const { registry, name, version } = await findModel(reference, { ...defaults, options });
      expect((await registry.fetchArtifact(name, version)).manifest.version).toBe(1);
    });

    it('starts from its local copies while S3 is unavailable', async () => {
      const registry = open();
      await registry.publish(newVersion());
      await registry.changeAlias(MODEL, 'production', moveTo(1));
      await registry.readAlias(MODEL, 'production');
      const fetched = await registry.fetchArtifact(MODEL, 1);
      await proxy.close();
      const restarted = open();
      await expect(restarted.readAlias(MODEL, 'production')).rejects.toThrow(/no connection/);
      expect(await restarted.recallAlias(MODEL, 'production')).toMatchObject({ version: 1 });
      expect(await restarted.readManifest(MODEL, 1)).toEqual(fetched.manifest);
      expect(await restarted.fetchArtifact(MODEL, 1)).toEqual(fetched);
    });

    it.each([
      ['is another', exampleContent.toReversed(), /model\.onnx has SHA-256 .*, the manifest says/],
      [
        'is cut short',
        exampleContent.subarray(1),
        /model\.onnx has 19 bytes, the manifest says 20/,
      ],
      ['is missing', undefined, /1\/model\.onnx does not exist, the manifest says 20 bytes/],
    ])('keeps nothing of a version if a file %s', async (_fault, content, message) => {
      await putManifest(entry);
      if (content !== undefined) await bucket.put(`${MODEL}/1/model.onnx`, content);
      await expect(open().fetchArtifact(MODEL, 1)).rejects.toThrow(message);
      expect(await copies()).toEqual([]);
    });

    it('does not start to download a version that declares a huge size', async () => {
      await bucket.put(`${MODEL}/1/model.onnx`, exampleContent);
      await putManifest({ ...entry, bytes: 10_000_000_000 });
      await expect(open().fetchArtifact(MODEL, 1)).rejects.toThrow(/Too big.*2000000000/);
      expect(proxy.requests).toHaveLength(1);
      expect(await copies()).toEqual([]);
    });

    it('keeps nothing of a version whose download was aborted', async () => {
      await open().publish(newVersion());
      proxy.requests.length = 0;
      proxy.fault = ({ path: asked }) =>
        asked.includes('model.onnx') ? { kind: 'stall', afterBytes: 5 } : undefined;
      const stop = new AbortController();
      const reason = new Error('overtaken');
      const fetching = open().fetchArtifact(MODEL, 1, stop.signal);
      const isStalled = () =>
        proxy.requests.some(
          ({ path: asked, status }) => asked.includes('model.onnx') && status === 200,
        );
      await expect.poll(isStalled).toBe(true);
      stop.abort(reason);
      await expect(fetching).rejects.toBe(reason);
      expect(await copies()).toEqual([]);
    });

    it('downloads a version completely although the connection is cut once', async () => {
      await open().publish(newVersion());
      let cuts = 1;
      proxy.fault = ({ method, path: asked }) =>
        method === 'GET' && asked.includes('model.onnx') && cuts-- > 0
          ? { kind: 'cut', afterBytes: 5 }
          : undefined;
      const { manifest } = await open().fetchArtifact(MODEL, 1);
      expect(manifest.files).toEqual([entry]);
    });

    it('changes an alias once although the response is lost', async () => {
      let losses = 1;
      proxy.fault = ({ method }) =>
        method === 'PUT' && losses-- > 0 ? { kind: 'swallow' } : undefined;
      const { history } = await open().changeAlias(MODEL, 'production', moveTo(1));
      expect(history).toHaveLength(1);
      expect(await open().readAlias(MODEL, 'production')).toMatchObject({ history });
    });

    it('publishes a version once although a response is lost', async () => {
      let losses = 1;
      proxy.fault = ({ method }) =>
        method === 'PUT' && losses-- > 0 ? { kind: 'swallow' } : undefined;
      expect(await open().publish(newVersion())).toBe(1);
      expect(await bucket.list()).toEqual(
        ['claim.json', 'manifest.json', 'model.onnx'].map((name) => `${MODEL}/1/${name}`),
      );
    });

    it('removes what it has uploaded if S3 refuses the rest', async () => {
      proxy.fault = ({ method, path: asked }) =>
        method === 'PUT' && asked.includes('manifest.json')
          ? { kind: 'refuse', status: 403 }
          : undefined;
      await expect(open().publish(newVersion())).rejects.toThrow(
        /cannot write s3:.*1\/manifest\.json: access is denied/,
      );
      expect(await bucket.list()).toEqual([]);
    });
  });
});
