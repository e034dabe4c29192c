import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { utkFrame, type Frame } from '../inference/faces/align.ts';
import { graphFiles } from '../inference/engine/engine.ts';
import {
  detectorReferenceSchema,
  DETECTOR_NAME,
  type DetectorReference,
} from './detector/detector-manifest.ts';

/** As a share of the network's input, which is a square. */
const share = z.number().min(0).max(1);
const point = z.strictObject({ x: share, y: share });

const frameSchema = z.strictObject({
  leftEye: point,
  rightEye: point,
  mouth: point,
}) satisfies z.ZodType<Frame>;

/** How a face comes to the network's input: found and aligned, or as the client sends it. */
export const framingSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('aligned'),
    detector: detectorReferenceSchema,
    /** Where eyes and mouth lie in the network's input; left and right are those of the picture. */
    points: frameSchema,
  }),
  z.strictObject({ kind: z.literal('as-sent') }),
]);

export type Framing = z.infer<typeof framingSchema>;
export type AlignedFraming = Extract<Framing, { kind: 'aligned' }>;

/** The frame of UTKFace with the detector that ships with this release. */
export const utkFraming: AlignedFraming = {
  kind: 'aligned',
  detector: {
    name: DETECTOR_NAME,
    version: 1,
    sha256: '96a542e8085c4ce87e6708f3a150f2958a998e4e200e6217177c1e04428ff33e',
  },
  points: utkFrame,
};

/** The 32-bit graphs of the shipped versions 2 to 4, whose manifests are older than framing. */
const shippedBeforeFraming: ReadonlySet<string> = new Set([
  'b0204f384741971199317645491b5e2dd5a899cea002689aad648b6a5de2f7f2',
  '6602260d7ee7cf575d1af736764da9e663b4842795e173695c31b0aa2af04c33',
]);

/** The framing that a version is served with: its manifest's; without one, UTKFace's for the shipped versions. */
export function framingOf({
  framing,
  files,
}: {
  framing?: Framing | undefined;
  files: readonly { path: string; sha256: string }[];
}): Framing {
  if (framing !== undefined) return framing;
  const graph = files.find(({ path }) => path === graphFiles.fp32);
  const isShipped = graph !== undefined && shippedBeforeFraming.has(graph.sha256);
  return isShipped ? utkFraming : { kind: 'as-sent' };
}

/** The detector that a version finds faces with; undefined for a version that takes photos as they are sent. */
export function detectorOf(
  version: Parameters<typeof framingOf>[0],
): DetectorReference | undefined {
  const framing = framingOf(version);
  return framing.kind === 'aligned' ? framing.detector : undefined;
}

/** Whether two versions bring a face into their input in the same way, so that they can share its pixels. */
export function sameFraming(a: Framing, b: Framing): boolean {
  return isDeepStrictEqual(a, b);
}
