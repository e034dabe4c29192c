import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { parsePublicKey } from '../ed25519.ts';
import { LOCATION, location } from './location.ts';
import { DAY_SECONDS, positiveInteger, setting, text } from './setting.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/);
const NAME = 'a name of a-z, 0-9, dot, dash and underscore that begins with a letter or a digit';

function publicKey(text: string, context: z.RefinementCtx): KeyObject {
  try {
    return parsePublicKey(text);
  } catch {
    // The default message: what a secret holds is not shown.
    context.addIssue('Invalid input');
    return z.NEVER;
  }
}

/** Settings that say how to talk to an S3 server. */
export const s3Settings = {
  S3_FORCE_PATH_STYLE: setting(z.stringbool().default(false), {
    meaning:
      'put the bucket in the path instead of the host name, as most S3 servers other than AWS need it',
  }),
  S3_CHECKSUM_MODE: setting(z.enum(['when_required', 'when_supported']).default('when_supported'), {
    meaning: '`when_required` for S3 servers that do not support the newer checksum headers',
  }),
};

/** Settings that say which model is used and where it is stored. */
export const registrySettings = {
  MODEL_NAME: setting(name.default('face-age'), { meaning: 'the model', allowed: NAME }),
  MODEL_ALIAS: setting(name.default('production'), {
    meaning: 'the alias that names the version to serve',
    allowed: NAME,
  }),
  MODEL_REGISTRY: setting(location.default('./models'), {
    meaning:
      'where the models are: a folder, relative to the working directory, or `s3://bucket/prefix`',
    allowed: LOCATION,
  }),
  MODEL_PUBLIC_KEY: setting(z.string().transform(publicKey).optional(), {
    meaning:
      'Ed25519 public key, as PEM or base64: only versions whose manifest it signed are loaded; without it no signature is needed',
    allowed: 'an Ed25519 public key, as PEM or base64',
    secret: true,
  }),
  LICENSE_POLICY: setting(z.enum(['any', 'commercial']).default('any'), {
    meaning:
      '`any` or `commercial`; `commercial` loads only versions whose licenses allow commercial use: of the weights, of everything that they were made from, and of the detector',
  }),
  ...s3Settings,
  MODEL_CACHE_DIR: setting(text.default('~/.cache/face-age/models'), {
    meaning:
      'folder for local copies of models in S3; a server that starts while S3 is down serves from it',
    allowed: 'a folder',
  }),
  REGISTRY_POLL_SECONDS: setting(z.coerce.number().positive().max(DAY_SECONDS).default(30), {
    meaning: 'how often the alias is read again',
  }),
};

/** Settings that say how a model is loaded and run, in a server and in every command that loads one. */
export const engineSettings = {
  ENGINE: setting(z.enum(['auto', 'onnxruntime', 'tensorflow']).default('auto'), {
    meaning:
      '`auto`, `onnxruntime` or `tensorflow`; `auto` selects TensorFlow where it finds a GPU',
  }),
  DEVICE: setting(z.enum(['auto', 'cpu', 'gpu']).default('auto'), {
    meaning: '`auto`, `cpu` or `gpu`; with `gpu`, a missing GPU stops the start',
  }),
  PRECISION: setting(z.enum(['auto', 'fp32', 'int8']).default('auto'), {
    meaning:
      '`auto`, `fp32` or `int8`; `auto` selects the 8-bit graph where the CPU has VNNI, the graph is faster and it costs at most 0.05 years of MAE',
  }),
  ENGINE_THREADS: setting(z.coerce.number().int().min(0).default(0), {
    meaning:
      'threads for one inference; 0 uses all cores for a single photo and divides them among the instances for a batch',
  }),
  MODEL_LOAD_TIMEOUT_SECONDS: setting(positiveInteger.max(3600).default(60), {
    meaning:
      'how long loading a network may take, and the verification of a new version; a version that takes longer is refused',
  }),
  ENGINE_RUN_TIMEOUT_SECONDS: setting(positiveInteger.max(3600).default(30), {
    meaning: 'how long one inference may take; a server whose engine takes longer ends itself',
  }),
  MAX_PIXELS: setting(z.coerce.number().int().positive().default(50_000_000), {
    meaning: 'largest photo, in pixels',
  }),
  BATCH_MAX_SIZE: setting(z.coerce.number().int().min(1).max(64).default(16), {
    meaning:
      'most photos in one inference; a batch at least half full starts even while others are running',
  }),
  BATCH_MAX_WAIT_MS: setting(z.coerce.number().min(0).max(1000).default(0), {
    meaning: 'how long an incomplete batch waits for more photos',
  }),
  QUEUE_MAX_IMAGES: setting(z.coerce.number().int().positive().default(512), {
    meaning: 'photos that may wait for inference; more are refused with 429',
  }),
};
