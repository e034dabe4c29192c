import { InvalidArgumentError } from 'commander';
import type { Frame } from '../inference/faces/align.ts';
import type { ChangedFraming } from '../learning/training/publication/framing-change.ts';
import { framingSchema, sameFraming, utkFraming, type Framing } from '../registry/framing.ts';
import { option } from './command.ts';

/** The options that give a version another framing. */
export const framingOptions = [
  option(
    '--framing <kind>',
    'how the new version takes photos: "aligned" finds and aligns the face, "as-sent" takes the photo as the framed face (default: as before)',
  ).choices(['aligned', 'as-sent']),
  option(
    '--frame-points <points>',
    "with --framing aligned: where left eye, right eye and mouth lie in the network's input, as x,y,x,y,x,y in shares of its side; left is left in the picture (default: the frame of UTKFace)",
    { parse: parsePoints },
  ),
];

export interface FramingOptions {
  framing?: Framing['kind'];
  framePoints?: Frame;
}

/** The framing that the options give, with the detector that ships; undefined where they give none. */
export function framingGiven({ framing, framePoints }: FramingOptions): Framing | undefined {
  if (framing === undefined) return undefined;
  if (framing === 'as-sent') return { kind: 'as-sent' };
  return { ...utkFraming, points: framePoints ?? utkFraming.points };
}

function parsePoints(text: string): Frame {
  const [x1, y1, x2, y2, x3, y3, ...rest] = text.split(',').map((each) => Number(each || NaN));
  const points = { leftEye: { x: x1, y: y1 }, rightEye: { x: x2, y: y2 }, mouth: { x: x3, y: y3 } };
  const parsed = framingSchema.safeParse({ ...utkFraming, points });
  if (parsed.success && parsed.data.kind === 'aligned' && rest.length === 0)
    return parsed.data.points;
  throw new InvalidArgumentError(
    'Give six numbers from 0 to 1, such as 0.29,0.29,0.69,0.28,0.5,0.68.',
  );
}

/** What a refresh says about a changed framing; empty where it stays. */
export function framingText({ before, after, measured }: ChangedFraming): string {
  const change = `framing ${before.kind} → ${after.kind}`;
  if (measured !== undefined) {
    const figures = [measured.before, measured.after].map(
      ({ framing, mae, answered, photos }) =>
        `${framing.kind}: MAE ${mae.toFixed(3)} years over ${answered} of ${photos} whole photos`,
    );
    return `${change}; ${figures.join('; ')}\n`;
  }
  return sameFraming(before, after) ? '' : `${change}\n`;
}
