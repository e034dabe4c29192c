import { access, constants, mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Config, readConfig } from '../common/config/config.ts';
import { messageOf } from '../common/errors.ts';
import { readCpuFeatures } from '../inference/engine/cpu.ts';
import { tensorFlowObstacle } from '../inference/engine/tensorflow-presence.ts';
import { WorkerEngine } from '../inference/engine/worker-engine.ts';
import { openLocalModel } from '../registry/loading/local-model.ts';
import { commercialObstacle, licensesOf } from '../registry/license.ts';
import { findModel } from '../registry/model-reference.ts';
import { registryOf, registryOptionsOf } from '../registry/open-registry.ts';
import { homePath } from '../common/config/location.ts';
import { ownVersionsAmongShipped } from './mixed-folder.ts';

/** What a check found. */
interface Finding {
  /** `warning`: the service works, but not at its best. `fault`: it does not work. */
  state: 'ok' | 'warning' | 'fault';
  detail: string;
  /** What to do about the fault or warning. */
  advice?: string;
}

/** One thing that the doctor looks at. */
interface Check {
  name: string;
  run: (config: Config) => Promise<Finding> | Finding;
}

const ok = (detail: string): Finding => ({ state: 'ok', detail });

const machine: Check = {
  name: 'machine',
  run: () => {
    const { integerDotProduct } = readCpuFeatures();
    const cores = availableParallelism();
    const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
    return ok(
      `node ${process.version} on ${process.platform} ${process.arch}, ${cores} cores, ${gigabytes} GiB, ` +
        `8-bit dot products: ${integerDotProduct}`,
    );
  },
};

const onnxruntime: Check = {
  name: 'onnxruntime',
  run: async () => {
    const engine = await WorkerEngine.start({ engine: 'onnxruntime', device: 'cpu', threads: 0 });
    await engine.close();
    return ok('loads');
  },
};

const tensorflow: Check = {
  name: 'TensorFlow',
  run: async () => {
    const obstacle = tensorFlowObstacle();
    const advice = 'npm run setup:tensorflow; only training and GPUs need it';
    if (obstacle !== undefined) return { state: 'warning', detail: obstacle, advice };
    const engine = await WorkerEngine.start({ engine: 'tensorflow', device: 'auto', threads: 0 });
    const { device } = engine;
    await engine.close();
    return ok(`loads, on the ${device}`);
  },
};

const registry: Check = {
  name: 'registry',
  run: async (config) => {
    const { MODEL_NAME: name, MODEL_ALIAS: alias } = config;
    const models = registryOf(config);
    const versions = await models.listVersions(name);
    const pointer = await models.readAlias(name, alias);
    if (pointer === undefined) {
      const detail = `${models.location} has ${versions.length} versions of ${name} and no alias "${alias}"`;
      const advice = `npx face-age models sync fills it from ./models; npx face-age models promote VERSION --alias ${alias}`;
      return { state: 'fault', detail, advice };
    }
    return ok(
      `${models.location} answers; ${alias} points to version ${pointer.version} of ${versions.join(', ')}`,
    );
  },
};

const versionNumbers: Check = {
  name: 'own versions',
  run: async (config) => {
    const models = registryOf(config);
    const own = await ownVersionsAmongShipped(models);
    if (own.length === 0) return ok('none has the number of a shipped version beside shipped ones');
    const detail = `${models.location} holds shipped versions and your own under their numbers: ${own.join(', ')}`;
    const advice =
      'move yours before the next upgrade: MODEL_REGISTRY=/another/folder npx face-age models sync --from ' +
      `${models.location}, then set MODEL_REGISTRY to that folder (docs/migration-0.2.md#versions-of-your-own-in-models)`;
    return { state: 'warning', detail, advice };
  },
};

const model: Check = {
  name: 'model',
  run: async (config) => {
    const batching = { maxSize: 1, maxWaitMs: 0, queueMaxImages: 1 };
    const startMs = performance.now();
    const local = await openLocalModel(undefined, config, batching);
    const loadMs = performance.now() - startMs;
    const picture = Buffer.from(local.model.manifest.golden[0]!.pixels, 'base64');
    const ticket = local.model.batcher.reserve(1);
    const { inferenceMs } = await ticket.submit(picture);
    ticket.release();
    await local.close();
    return ok(
      `${local.description}; loaded in ${(loadMs / 1000).toFixed(1)} s, one photo in ${inferenceMs.toFixed(1)} ms`,
    );
  },
};

const license: Check = {
  name: 'license',
  run: async (config) => {
    const {
      registry: models,
      name,
      version,
    } = await findModel(undefined, {
      location: config.MODEL_REGISTRY,
      name: config.MODEL_NAME,
      alias: config.MODEL_ALIAS,
      options: registryOptionsOf(config),
    });
    const manifest = await models.readManifest(name, version);
    const obstacle = commercialObstacle(licensesOf(manifest));
    const use =
      obstacle === undefined ? 'commercial use is allowed' : `no commercial use: ${obstacle}`;
    const detail = `of ${name} ${version}: ${manifest.license}; ${use}`;
    if (obstacle === undefined || config.LICENSE_POLICY !== 'commercial') return ok(detail);
    const advice =
      'LICENSE_POLICY=commercial refuses it; serve a version whose licenses allow it, or unset LICENSE_POLICY';
    return { state: 'fault', detail, advice };
  },
};

/** A folder that must be writable; it is created where it is missing. */
const writable = (name: string, folderOf: (config: Config) => string): Check => ({
  name,
  run: async (config) => {
    const folder = homePath(folderOf(config));
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    const probe = join(folder, `.doctor-${process.pid}`);
    await writeFile(probe, 'x');
    await rm(probe);
    return ok(`${folder} is writable`);
  },
});

const admin: Check = {
  name: 'admin routes',
  run: ({ ADMIN_TOKEN }) =>
    ADMIN_TOKEN === undefined
      ? { state: 'warning', detail: 'off', advice: 'set ADMIN_TOKEN to promote over HTTP' }
      : ok('open to the bearer of ADMIN_TOKEN'),
};

/** In the order in which one depends on another. */
const checks: readonly Check[] = [
  machine,
  onnxruntime,
  tensorflow,
  registry,
  versionNumbers,
  model,
  license,
  writable('model cache', ({ MODEL_CACHE_DIR }) => MODEL_CACHE_DIR),
  writable('retraining', ({ RETRAIN_STATE_DIR }) => RETRAIN_STATE_DIR),
  admin,
];

/** What to do where a check itself fails. */
const adviceFor: Readonly<Record<string, string>> = {
  onnxruntime: 'npm ci; on Linux it needs glibc 2.28 or later (no Alpine)',
  TensorFlow: 'npm run setup:tensorflow rebuilds it; serving on a CPU does not need it',
  registry:
    'check MODEL_REGISTRY; for S3 also AWS_ENDPOINT_URL_S3, region, credentials and S3_FORCE_PATH_STYLE',
  model:
    'npx face-age models list shows the versions; ENGINE=auto and DEVICE=auto work on most machines',
  'model cache': 'give MODEL_CACHE_DIR a writable folder',
  retraining: 'give RETRAIN_STATE_DIR a writable folder',
};

/** Never rejects: a check that fails is a fault, or for TensorFlow a warning. */
async function runCheck({ name, run }: Check, config: Config): Promise<Finding> {
  try {
    return await run(config);
  } catch (error) {
    const advice = adviceFor[name];
    const state = name === 'TensorFlow' ? 'warning' : 'fault';
    return { state, detail: messageOf(error), ...(advice === undefined ? {} : { advice }) };
  }
}

const marks: Record<Finding['state'], string> = { ok: 'ok  ', warning: 'note', fault: 'BAD ' };

/**
 * Runs all checks and prints what each found.
 * @param json prints one JSON document at the end instead of lines
 * @returns the exit status: 1 where a check found a fault
 */
export async function doctor(json: boolean): Promise<number> {
  const config = readConfig();
  const findings: (Finding & { name: string })[] = [];
  for (const check of checks) {
    const finding = await runCheck(check, config);
    findings.push({ name: check.name, ...finding });
    if (!json) console.log(lineOf(check.name, finding));
  }
  if (json) console.log(JSON.stringify(findings, null, 2));
  return findings.some(({ state }) => state === 'fault') ? 1 : 0;
}

function lineOf(name: string, { state, detail, advice }: Finding): string {
  const line = `${marks[state]} ${name.padEnd(13)} ${detail}`;
  return advice === undefined ? line : `${line}\n     ${' '.repeat(13)} → ${advice}`;
}
