import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { GateReporter, GateOptions } from '../../../src/learning/gate/gate-options.ts';
import { runGate } from '../../../src/learning/gate/run-gate.ts';
import { readConfig } from '../../../src/common/config/config.ts';
import { drawDataset } from '../../../src/drawing/draw-dataset.ts';
import { changedGateConfig, type StoredThresholds } from '../../../src/registry/gate/gate-config.ts';
import { FileRegistry } from '../../../src/registry/file-registry.ts';
import type { Alias } from '../../../src/registry/registry.ts';
import type { GateResult } from '../../../src/registry/gate/gate-result.ts';
import { createModelFolder, type ModelFolder } from './model-folder.ts';
import { alwaysAbout, writeTinyArtifact } from './tiny-artifact.ts';

/** A gate set of 100 drawn faces with ages from 0 to 89. */
export interface DrawnGateSet {
  faces: string;
  cache: string;
  remove(): Promise<void>;
}

export async function drawGateSet(): Promise<DrawnGateSet> {
  const faces = await mkdtemp(path.join(tmpdir(), 'gate-set-'));
  const cache = await mkdtemp(path.join(tmpdir(), 'cache-'));
  await drawDataset(faces, { val: 100, train: 10 });
  const remove = async () => {
    await rm(faces, { recursive: true });
    await rm(cache, { recursive: true });
  };
  return { faces, cache, remove };
}

/** A registry with versions that can run, and the gate on them. */
export interface GateWorkplace {
  readonly models: ModelFolder;
  readonly registry: FileRegistry;
  /** Writes versions 1, 2, … that always predict the given ages (about 45 has the lowest error). Production is version 1. */
  writeVersions(...ages: number[]): Promise<void>;
  /** Writes `gate.json` with the thresholds of the tests and these. */
  setThresholds(thresholds: StoredThresholds): Promise<unknown>;
  /** Compares version 2 with the production version. */
  gate(
    options?: Partial<GateOptions>,
    thresholds?: StoredThresholds,
    reporter?: Partial<GateReporter>,
  ): Promise<GateResult>;
  production(): Promise<Alias | undefined>;
  stored(id: string): Promise<GateResult | undefined>;
}

/** A gate set for all tests of a file, and a new registry for each test. */
export function useGateWorkplace(): GateWorkplace & { readonly set: DrawnGateSet } {
  let set: DrawnGateSet | undefined;
  let at: GateWorkplace | undefined;
  beforeAll(async () => {
    set = await drawGateSet();
  });
  beforeEach(async () => {
    at = await createGateWorkplace(set!);
  });
  afterEach(() => at!.models.remove());
  afterAll(() => set!.remove());
  return {
    get set() {
      return set!;
    },
    get models() {
      return at!.models;
    },
    get registry() {
      return at!.registry;
    },
    writeVersions: (...ages) => at!.writeVersions(...ages),
    setThresholds: (thresholds) => at!.setThresholds(thresholds),
    gate: (...given) => at!.gate(...given),
    production: () => at!.production(),
    stored: (id) => at!.stored(id),
  };
}

const quiet = { update: () => undefined, stop: () => undefined };

/** Loosens the tolerances for latency and calibration, which do not matter for networks with a constant output. */
export const thresholdsOfTests: StoredThresholds = {
  minGroupPhotos: 10,
  tolerances: { latency: 20, ece: 1 },
};

export async function createGateWorkplace({ faces, cache }: DrawnGateSet): Promise<GateWorkplace> {
  const models = await createModelFolder();
  const registry = new FileRegistry(models.root);
  const usual: GateOptions = {
    model: 'face-age',
    challenger: 2,
    alias: 'production',
    set: faces,
    split: 'val',
    valShare: 0.1,
    cache,
    by: 'tests',
  };
  const setThresholds = (thresholds: StoredThresholds) =>
    registry.changeGateConfig('face-age', (current) =>
      changedGateConfig(current, {
        thresholds: { ...thresholdsOfTests, ...thresholds },
        by: 'tests',
        reason: '',
      }),
    );
  return {
    models,
    registry,
    setThresholds,
    writeVersions: async (...ages) => {
      for (const [index, age] of ages.entries())
        await writeTinyArtifact(models, index + 1, undefined, alwaysAbout(age));
      await models.writeAlias('production', 1);
    },
    gate: async (options = {}, thresholds = {}, reporter = {}) => {
      await setThresholds(thresholds);
      return runGate(
        { ...usual, ...options },
        readConfig({ MODEL_REGISTRY: models.root, ENGINE_THREADS: '1' }),
        { log: () => undefined, progress: quiet, ...reporter },
      );
    },
    production: () => registry.readAlias('face-age', 'production'),
    stored: (id) => registry.readGate('face-age', id),
  };
}
