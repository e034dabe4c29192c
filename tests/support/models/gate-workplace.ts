import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { GateReporter, GateOptions } from '../../../src/learning/gate/gate-options.ts';
import { runGate } from '../../../src/learning/gate/run-gate.ts';
import { readConfig } from '../../../src/common/config/config.ts';
import { drawDataset } from '../../../src/drawing/draw-dataset.ts';
import { changedGateConfig, type StoredThresholds } from '../../../src/registry/gate-config.ts';
import { FileRegistry } from '../../../src/registry/file-registry.ts';
import type { Alias } from '../../../src/registry/registry.ts';
import type { GateResult } from '../../../src/registry/gate-result.ts';
import { createModelFolder, type ModelFolder } from './model-folder.ts';
import { alwaysAbout, writeTinyArtifact } from './tiny-artifact.ts';

/** Drawn faces to judge on, 100 of ages 0 to 89. */
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

/** A registry whose versions really run, and gates in it. */
export interface GateWorkplace {
  readonly models: ModelFolder;
  readonly registry: FileRegistry;
  /** Makes versions 1, 2, … that take faces of any age for these; about 45 is the least wrong. Production is 1. */
  writeVersions(...ages: number[]): Promise<void>;
  /** Writes `gate.json`: the thresholds of the tests, and these. */
  setThresholds(thresholds: StoredThresholds): Promise<unknown>;
  /** Version 2 against what production stands for. */
  gate(
    options?: Partial<GateOptions>,
    thresholds?: StoredThresholds,
    reporter?: Partial<GateReporter>,
  ): Promise<GateResult>;
  production(): Promise<Alias | undefined>;
  stored(id: string): Promise<GateResult | undefined>;
}

const quiet = { update: () => undefined, stop: () => undefined };

/** Networks that answer the same for all faces differ in time and calibration by nothing that matters. */
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
        { tell: () => undefined, progress: quiet, ...reporter },
      );
    },
    production: () => registry.readAlias('face-age', 'production'),
    stored: (id) => registry.readGate('face-age', id),
  };
}
