import { detectWith, readWorkingPicture } from '../../../inference/face-detector.ts';
import { ambiguityWarning, faceWarnings } from '../../../inference/face-warnings.ts';
import type { EngineModel } from '../../../inference/engine/engine.ts';
import { alignFace, utkFrame } from '../../../inference/faces/align.ts';
import { faceQuality, type FaceQuality } from '../../../inference/faces/face-quality.ts';
import { findMainFace } from '../../../inference/faces/find-faces.ts';
import type { Box } from '../../../inference/faces/geometry.ts';
import type { AgeEstimate } from '../../../inference/head/age-head.ts';
import { grayStatistics } from '../../../inference/preprocess/photo-warnings.ts';
import type { PhotoFacts } from '../../../inference/preprocess/spec.ts';
import type { WarningDetail } from '../../../inference/preprocess/warnings.ts';
import type { LoadedModel } from '../../../registry/loading/loaded-model.ts';

/** The answer for the largest face of a photo. */
export interface FaceAnswer {
  estimate: AgeEstimate;
  quality: FaceQuality;
  warnings: WarningDetail[];
  /** In pixels of the photo. */
  box: Box;
  photo: PhotoFacts;
}

/** Finds and answers the largest face of a photo; undefined if there is none. */
export type AnswerFace = (bytes: Uint8Array) => Promise<FaceAnswer | undefined>;

const MAX_PIXELS = 100_000_000;

/** Answers with the code of the service, one photo at a time. */
export function answerWith(
  model: Pick<LoadedModel, 'batcher' | 'head' | 'manifest'>,
  detector: Pick<EngineModel, 'run'>,
): AnswerFace {
  const detect = detectWith(detector);
  const side = model.manifest.preprocess.width;
  return async (bytes) => {
    const { pyramid, scale, photo } = await readWorkingPicture(bytes, { maxPixels: MAX_PIXELS });
    const found = await findMainFace(pyramid, detect);
    if (found === undefined) return undefined;
    const { face, others } = found;
    const pixels = alignFace(pyramid, face.landmarks, utkFrame, side);
    const aligned = { pixels, side, contrast: grayStatistics(pixels).std };
    const quality = faceQuality({
      picture: pyramid,
      scale,
      face,
      others,
      frame: utkFrame,
      aligned,
    });
    const { output } = await model.batcher.reserve(1).submit(pixels);
    const estimate = model.head.interpret(output);
    const ambiguity = ambiguityWarning(estimate);
    const warnings = [...faceWarnings(quality), ...(ambiguity === undefined ? [] : [ambiguity])];
    return { estimate, quality, warnings, box: scaledBox(face.box, scale), photo };
  };
}

function scaledBox({ x, y, width, height }: Box, by: number): Box {
  return { x: x * by, y: y * by, width: width * by, height: height * by };
}
