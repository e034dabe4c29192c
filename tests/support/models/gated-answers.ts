import {
  gatedGroups,
  versionAnswers,
  type GatedAnswers,
  type VersionAnswers,
} from '../../../src/learning/gate/gated-answers.ts';
import type { EvaluatedPhoto } from '../../../src/learning/evaluation/evaluated-photo.ts';
import { evaluatedPhoto } from './evaluated-photos.ts';

/** The behavior of a test version. */
export interface TestVersion {
  /** Added to the true age. */
  error: (age: number, photo: number) => number;
  latencyMs?: (photo: number) => number;
  distinguishesYears?: boolean;
  /** Probability of the predicted age; the rest goes to an age ten years away. */
  confidence?: number;
}

export const PHOTOS = 300;
const ages = Array.from({ length: PHOTOS }, (_, photo) => photo % 100);

function photosOf({ error, confidence = 0.9 }: TestVersion): EvaluatedPhoto[] {
  return ages.map((age, photo) => {
    const answered = Math.min(100, Math.max(0, Math.round(age + error(age, photo))));
    const other = answered > 50 ? answered - 10 : answered + 10;
    const sex = photo < PHOTOS / 2 ? '0' : '1';
    return evaluatedPhoto(age, { [answered]: confidence, [other]: 1 - confidence }, { sex });
  });
}

export function testAnswers(version: TestVersion): VersionAnswers {
  const { latencyMs = (photo) => 4 + (photo % 7) / 10, distinguishesYears = true } = version;
  return versionAnswers(
    photosOf(version),
    ages.map((_, photo) => latencyMs(photo)),
    distinguishesYears,
  );
}

/** The outputs of both versions for 300 photos of all ages, with 15 of each sex in every decade. */
export function testGate(
  champion: TestVersion | undefined,
  challenger: TestVersion,
  minPhotos = 20,
): GatedAnswers {
  const fresh = testAnswers(challenger);
  return {
    photos: PHOTOS,
    groups: gatedGroups(photosOf(challenger), fresh, { minPhotos, names: {} }),
    champion: champion && testAnswers(champion),
    challenger: fresh,
  };
}
