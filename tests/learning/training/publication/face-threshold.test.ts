import { describe, expect, it } from 'vitest';
import {
  chooseFaceThreshold,
  faceFigures,
} from '../../../../src/learning/training/publication/face-threshold.ts';

const evenly = (count: number, from: number, to: number) =>
  Array.from({ length: count }, (_, at) => from + ((to - from) * at) / (count - 1));

describe('the threshold of the second output', () => {
  it('leaves at most four faces in a thousand below it', () => {
    const faces = [...evenly(30, 0.02, 0.2), ...evenly(970, 0.3, 1)];
    const face = chooseFaceThreshold(faces);
    expect(face.threshold).toBeLessThan(0.2);
    expect(faceFigures(face, faces, []).unlikelyFaces).toBeLessThanOrEqual(0.004);
  });

  it('is never above a half, and never 0', () => {
    expect(chooseFaceThreshold(evenly(100, 0.9, 1))).toEqual({ threshold: 0.5 });
    expect(chooseFaceThreshold(new Array<number>(100).fill(0))).toEqual({ threshold: 0.01 });
  });

  it('has figures of faces and of pictures without faces', () => {
    const figures = faceFigures({ threshold: 0.4 }, [0.3, 0.5, 0.9, 1], [0.1, 0.2, 0.6]);
    expect(figures).toEqual({ unlikelyFaces: 1 / 4, unlikelyNegatives: 2 / 3 });
    expect(faceFigures({ threshold: 0.4 }, [0.9], [])).toEqual({ unlikelyFaces: 0 });
  });
});
