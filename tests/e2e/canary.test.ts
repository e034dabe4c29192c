import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import { promote } from '../../src/registry/promotion.ts';
import { modelsAnswerSchema } from '../../src/serving/http/routes/models-answer.ts';
import { canaryDraw } from '../../src/serving/traffic/canary.ts';
import { ClientLoad } from '../support/client-load.ts';
import {
  copyVersion,
  writeSlowVersion,
  writeWrongVersion,
} from '../support/models/trial-versions.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';

const NAME = 'face-age';
const [PRODUCTION, GOOD, SLOW, WRONG] = [1, 2, 3, 4];
const WEIGHT = 0.2;
const CLIENTS = 500;
const photo = drawFaceJpeg({ age: 30, seed: 1 });

let root: string;
let registry: FileRegistry;
let service: ServiceProcess;
let address: string;
let load: ClientLoad | undefined;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'face-age-canary-'));
  registry = new FileRegistry(root);
  const shipped = new FileRegistry('models');
  const alias = await shipped.readAlias(NAME, 'production');
  const artifact = await shipped.fetchArtifact(NAME, alias!.version);
  for (const version of [PRODUCTION, GOOD]) await copyVersion(root, artifact, version);
  await writeSlowVersion(root, artifact, SLOW);
  await writeWrongVersion(root, artifact, WRONG);
  await move('production', PRODUCTION);
});
afterEach(async () => {
  await load?.stop();
  service.child.kill('SIGKILL');
  await service.ended;
});
afterAll(() => rm(root, { recursive: true, force: true }));

const move = (alias: string, version: number, weight?: number) =>
  promote(registry, version, { model: NAME, alias, weight, by: 'tests', reason: 'trial' });

/** Serves production with a canary, and loads both once the canary answers. */
async function startWithCanary(
  version: number,
  settings: Record<string, string> = {},
): Promise<ClientLoad> {
  await move('canary', version, WEIGHT);
  service = startService({ MODEL_REGISTRY: root, LOG_LEVEL: 'info', ...settings });
  address = String((await service.untilLogged('listening')).address);
  await eventually(async () => {
    const answer = modelsAnswerSchema.parse(await (await fetch(`${address}/v1/models`)).json());
    expect([answer.current?.version, answer.canary?.current?.version]).toEqual([
      PRODUCTION,
      version,
    ]);
  });
  const url = `${address}/v1/predict`;
  load = new ClientLoad({ url, photo, connections: 8, clients: CLIENTS });
  return load;
}

/** Waits as long as a loaded machine may need for hundreds of photos. */
const eventually = <Result>(check: () => Promise<Result> | Result): Promise<Result> =>
  vi.waitFor(check, { timeout: 120_000, interval: 20 });

describe('a canary of the service', { timeout: 300_000 }, () => {
  it('answers its share of the clients, each client always by the same version', async () => {
    // On a loaded machine a healthy canary may look slow by chance.
    const { requests } = await startWithCanary(GOOD, { CANARY_MAX_LATENCY_RATIO: '100' });
    await eventually(() => expect(requests.length).toBeGreaterThan(2 * CLIENTS));
    await load!.stop();
    expect(load!.failed()).toEqual([]);
    const unexpected = requests.filter(
      ({ client, version }) => version !== (canaryDraw(GOOD, client) < WEIGHT ? GOOD : PRODUCTION),
    );
    expect(unexpected).toEqual([]);
    expect(new Set(requests.map(({ version }) => version))).toEqual(new Set([PRODUCTION, GOOD]));
    expect((await registry.readAlias(NAME, 'canary'))!.weight).toBe(WEIGHT);
  });

  it.each([
    ['its inference takes too long', SLOW, /^It stopped itself\. Its inference takes .* ms/],
    ['its ages are wrong', WRONG, /^It stopped itself\. Its ages differ .* years/],
  ])('stops itself if %s, and no request fails', async (_why, version, reason) => {
    const { requests } = await startWithCanary(version);
    await eventually(async () =>
      expect((await registry.readAlias(NAME, 'canary'))!.weight).toBe(0),
    );
    const stoppedMs = performance.now();
    await eventually(() => expect(requests.at(-1)!.sentMs).toBeGreaterThan(stoppedMs));
    const seen = requests.length;
    await eventually(() => expect(requests.length).toBeGreaterThan(seen + CLIENTS / 10));
    await load!.stop();
    expect(await registry.readAlias(NAME, 'canary')).toMatchObject({
      by: 'canary guard',
      reason: expect.stringMatching(reason) as string,
    });
    expect(load!.failed()).toEqual([]);
    expect(requests.some((each) => each.version === version)).toBe(true);
    const later = requests.filter(({ sentMs }) => sentMs > stoppedMs);
    expect(new Set(later.map((each) => each.version))).toEqual(new Set([PRODUCTION]));
  });
});
