import { createHash } from 'node:crypto';
import type { CancelSignal } from '../../common/cancellation.ts';
import { landmarkNames, type Landmarks } from '../../inference/faces/anchors.ts';
import { overlap, type Box, type Point } from '../../inference/faces/geometry.ts';
import type { Region } from '../../inference/preprocess/picture.ts';
import type { ReencodedPhoto, ReencodeOptions } from '../../inference/preprocess/reencode.ts';
import type { StoredFace } from '../../registry/feedback/feedback-face.ts';
import type { FeedbackToKeep } from '../../registry/feedback/feedback-store.ts';
import type { RememberedPhoto } from './photo-memory.ts';

/** Encodes a photo again, within the budgets of decoding. */
export type Reencode = (
  bytes: Uint8Array,
  options: ReencodeOptions,
  signal: CancelSignal,
) => Promise<ReencodedPhoto>;

/** Width and height of the stored surroundings of a face, in widths and heights of its box. */
const SURROUNDINGS = 2;
const FACE_MAX_SIDE = 512;
/** Of a photo, or a crop, that was taken for the framed face. */
const FRAMED_MAX_SIDE = 1024;
/** Boxes that overlap more show the same face. */
const SAME_FACE_OVERLAP = 0.3;

/**
 * Makes what is stored of a photo: the surroundings of its face, in which other faces are painted over; or, where the photo was
 * taken for the framed face, the photo or its crop. It is upright and without metadata.
 * @param others boxes of all faces that are known, in pixels of the photo as displayed; the face itself may be among them
 * @throws ServiceError as `GuardedPreprocess.reencode`
 */
export async function toStoredPhoto(
  { bytes, crop, face }: Omit<RememberedPhoto, 'answer'>,
  others: readonly Box[],
  reencode: (options: ReencodeOptions) => Promise<ReencodedPhoto>,
): Promise<Pick<FeedbackToKeep, 'photo' | 'face'>> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const reencoded = await reencode(
    face === undefined ? { part: crop, maxSide: FRAMED_MAX_SIDE } : aroundFace(face.box, others),
  );
  const { jpeg, width, height, region } = reencoded;
  const { left: x, top: y, ...size } = region;
  const photo = { jpeg, sha256, width, height, region: { x, y, ...size } };
  return { photo, face: face === undefined ? null : movedInto(reencoded, face) };
}

function aroundFace(box: Box, others: readonly Box[]): ReencodeOptions {
  const [width, height] = [SURROUNDINGS * box.width, SURROUNDINGS * box.height];
  const left = box.x + (box.width - width) / 2;
  const top = box.y + (box.height - height) / 2;
  const regions = others.filter((other) => overlap(other, box) <= SAME_FACE_OVERLAP).map(toRegion);
  return {
    part: { region: { left, top, width, height } },
    hide: { regions, except: toRegion(box) },
    maxSide: FACE_MAX_SIDE,
  };
}

function toRegion({ x, y, width, height }: Box): Region {
  return { left: x, top: y, width, height };
}

/** A face in pixels of the stored picture, to tenths. */
function movedInto(
  { width, height, region }: ReencodedPhoto,
  { box, landmarks }: NonNullable<RememberedPhoto['face']>,
): StoredFace {
  const [perX, perY] = [width / region.width, height / region.height];
  const moved = ({ x, y }: Point): Point => ({
    x: toTenths((x - region.left) * perX),
    y: toTenths((y - region.top) * perY),
  });
  const points = landmarkNames.map((name) => [name, moved(landmarks[name])]);
  return {
    box: { ...moved(box), width: toTenths(box.width * perX), height: toTenths(box.height * perY) },
    landmarks: Object.fromEntries(points) as Landmarks,
  };
}

function toTenths(value: number): number {
  // Adding 0 turns −0 into 0.
  return Math.round(value * 10) / 10 + 0;
}
