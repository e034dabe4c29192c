import { z } from 'zod';
import { NAME_PATTERN } from '../names.ts';

/** The name under which detectors are stored in a registry, next to the models. They have no aliases. */
export const DETECTOR_NAME = 'face-detector';

/** The file of the detector's network. */
export const DETECTOR_GRAPH = 'model.onnx';

/** Detectors are small: a registry reads and writes their network in one request. */
export const DETECTOR_MAX_BYTES = 8_000_000;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const coordinate = z.number().min(-1000).max(1000);
const point = z.strictObject({ x: coordinate, y: coordinate });

const detectionSchema = z.strictObject({
  score: z.number().min(0).max(1),
  box: z.strictObject({ x: coordinate, y: coordinate, width: coordinate, height: coordinate }),
  landmarks: z.strictObject({
    leftEye: point,
    rightEye: point,
    nose: point,
    mouth: point,
    leftEar: point,
    rightEar: point,
  }),
});

/** `models/face-detector/<version>/manifest.json`: what a detector is, and where its weights come from. Immutable. */
export const detectorManifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  kind: z.literal('face-detector'),
  name: z.string().regex(NAME_PATTERN),
  version: z.int().positive(),
  /** The file in a package that the weights were converted from. */
  source: z.strictObject({
    package: z.string().min(1).max(200),
    file: z.string().min(1).max(200),
    sha256,
    title: z.string().min(1).max(200),
  }),
  license: z.string().min(1).max(200),
  /** x = (u8 / 255 − mean) / std. */
  input: z.strictObject({
    width: z.int().min(32).max(512),
    height: z.int().min(32).max(512),
    channels: z.literal(1),
    mean: z.number().min(0).max(1),
    std: z.number().min(0.01).max(10),
  }),
  files: z
    .array(
      z.strictObject({
        path: z.literal(DETECTOR_GRAPH),
        bytes: z.int().positive().max(DETECTOR_MAX_BYTES),
        sha256,
      }),
    )
    .length(1),
  /** Drawn pictures, never photos, and what the detector sees in them, in pixels of its input. */
  golden: z
    .array(
      z.strictObject({
        /** Base64 of height × width gray levels. */
        pixels: z.base64().max(400_000),
        detections: z.array(detectionSchema).max(10),
      }),
    )
    .min(1)
    .max(10),
  /** Detections with a lower score are not part of `golden`. */
  goldenMinScore: z.number().min(0.01).max(0.99),
  /** The largest differences allowed from `golden`. */
  tolerance: z.strictObject({
    score: z.number().positive().max(0.05),
    pixels: z.number().positive().max(2),
  }),
});

export type DetectorManifest = z.infer<typeof detectorManifestSchema>;

/** How a version names its detector. */
export const detectorReferenceSchema = z.strictObject({
  name: z.string().regex(NAME_PATTERN),
  version: z.int().positive(),
  /** Of the detector's network. */
  sha256,
});

export type DetectorReference = z.infer<typeof detectorReferenceSchema>;
