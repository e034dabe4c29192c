import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FileRegistry } from '../../../../src/registry/file-registry.ts';
import { changedGateConfig } from '../../../../src/registry/gate/gate-config.ts';
import { startCommand, type Command } from '../../../support/command.ts';
import { smokeRecipe } from '../smoke-recipe.ts';
import { drawnFaces, facesOf, writeFaces, withShuffledAges, type Face } from './faces.ts';

export const ADMIN_TOKEN = 'token-of-the-smoke-run';

/** The first champion is trained on few photos, so that the first retraining is an improvement. */
const COUNTS = { weak: 160, weakVal: 80, train: 1200, val: 300, gate: 400 };

/**
 * Wide tolerances: a few hundred photos give a poor estimate of the calibration, one of fewer than a hundred minors
 * changes the rate by over a percentage point, and the latencies of networks of one architecture vary by chance.
 */
const thresholds = { tolerances: { ece: 0.2, falsePositiveRate: 0.1, latency: 1 } };

/** Trains one epoch. A warm start from this version uses a tenth of its learning rate. */
const weakly = { epochs: 1, learningRate: { peak: 0.02 } };

/** A folder with labeled photos, and a registry whose production is a deliberately weak version 1. */
export interface RetrainWorkplace {
  /** A path below the folder. */
  at: (name: string) => string;
  /** Creates a copy of the registry with the environment for its processes. */
  scene: (name: string, settings?: Readonly<Record<string, string>>) => Promise<Scene>;
  remove: () => Promise<void>;
}

export interface Scene {
  registry: string;
  environment: Readonly<Record<string, string>>;
  retrain: (args?: readonly string[]) => Command;
}

/** @param data a folder with a `labels.csv`; drawn faces without one */
export async function createRetrainWorkplace(data: string | undefined): Promise<RetrainWorkplace> {
  const folder = await mkdtemp(path.join(tmpdir(), 'face-age-retrain-'));
  const at = (name: string) => path.join(folder, name);
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await writeAllFaces(at, data);
    await trainWeakChampion(at);
  } catch (error) {
    await remove();
    throw error;
  }
  return { at, scene: (name, settings = {}) => sceneOf(at, name, settings), remove };
}

async function writeAllFaces(at: RetrainWorkplace['at'], data: string | undefined): Promise<void> {
  const total = Object.values(COUNTS).reduce((sum, count) => sum + count, 0);
  const all = data === undefined ? undefined : await facesOf(data);
  if (all !== undefined && all.length < total)
    throw new Error(`${data} has ${all.length} photos, ${total} are needed`);
  let seed = 60;
  const next = (count: number): Face[] => all?.splice(0, count) ?? drawnFaces(count, seed++);
  const [train, val] = [next(COUNTS.train), next(COUNTS.val)];
  await writeFaces(at('weak'), { train: next(COUNTS.weak), val: next(COUNTS.weakVal) });
  await writeFaces(at('faces'), { train, val });
  await writeFaces(at('shuffled'), { train: withShuffledAges(train), val: withShuffledAges(val) });
  await writeFaces(at('gate'), { val: next(COUNTS.gate) });
}

async function trainWeakChampion(at: RetrainWorkplace['at']): Promise<void> {
  await writeFile(at('recipe.json'), JSON.stringify({ ...smokeRecipe, ...weakly }));
  const places = ['--data', at('weak'), '--cache', at('cache'), '--models', at('models')];
  const run = ['--recipe', at('recipe.json'), '--checkpoint', at('weak.checkpoint')];
  const version = ['--alias', 'production', '--license', 'made to be replaced'];
  await startCommand('scripts/train.ts', [...places, ...run, ...version]).done();
}

async function sceneOf(
  at: RetrainWorkplace['at'],
  name: string,
  settings: Readonly<Record<string, string>>,
): Promise<Scene> {
  const registry = at(`${name}-models`);
  await cp(at('models'), registry, { recursive: true });
  await new FileRegistry(registry).changeGateConfig('face-age', (current) =>
    changedGateConfig(current, { thresholds, by: 'smoke', reason: 'few photos' }),
  );
  const environment = {
    MODEL_REGISTRY: registry,
    FACES_DIR: at('faces'),
    GATE_SET: at('gate'),
    RETRAIN_STATE_DIR: at(`${name}-state`),
    // The caches below it are this run's own.
    HOME: at('home'),
    ...settings,
  };
  const retrain = (args: readonly string[] = []) =>
    startCommand('scripts/retrain.ts', args, environment);
  return { registry, environment, retrain };
}
