import { createAgeHead } from '../../../inference/head/age-head.ts';
import { outputRowLength, readOutputRow } from '../../../inference/head/face-output.ts';
import type { Manifest } from '../../../registry/manifest.ts';
import { meanYearsOutside } from '../../dataset/age-range.ts';
import type { Dataset } from '../../dataset/dataset.ts';
import { validationPhotosOf } from '../validation.ts';
import type { FramingFigures } from './framing-change.ts';
import { VALIDATION_SPLIT } from './publish-network.ts';
import { outputsOf, withServingNetwork } from './serving-network.ts';

/**
 * Measures a version on the validation photos of a dataset, with the head that it has.
 * @param graph its 32-bit network
 * @param dataset preprocessed according to the version's manifest, its faces found or not
 */
export function measureFraming(
  graph: Uint8Array,
  { preprocess, head, buckets, face }: Pick<Manifest, 'preprocess' | 'head' | 'buckets' | 'face'>,
  dataset: Dataset,
): Promise<Omit<FramingFigures, 'framing'>> {
  const { photos, labeled, noFace = 0 } = validationPhotosOf(dataset, VALIDATION_SPLIT);
  const ageHead = createAgeHead(head, buckets);
  const artifact = { ...preprocess, outputLength: outputRowLength(ageHead, face) };
  return withServingNetwork(graph, artifact, async (network) => {
    const outputs = await outputsOf(network, photos);
    const answered = outputs.length;
    const mae = meanYearsOutside(
      outputs.map((output, index) => ({
        label: labeled[index]!.age,
        age: ageHead.interpret(readOutputRow(output, ageHead).ages).mean,
      })),
    );
    return { photos: answered + noFace, answered, mae };
  });
}
