import type { tensorflow, TensorFlow } from '../inference/engine/tensorflow-runtime.ts';
import type { Architecture } from '../network/architectures/architecture.ts';
import { exportOnnx } from '../network/onnx/export.ts';

/** What `model.save` hands to its handler; the package does not export the type. */
type SavedModel = Parameters<Parameters<TensorFlow['io']['withSaveHandler']>[0]>[0];

const OUTPUT_NAMES = {
  'age-distribution': 'age_distribution',
  decades: 'bucket_probabilities',
} as const satisfies Record<Architecture['answers'], string>;

/** The files that hold a network: for TensorFlow `model.json` and `weights.bin`, for onnxruntime `model.onnx`. */
export async function modelFiles(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
  answers: Architecture['answers'],
): Promise<Map<string, Uint8Array>> {
  const saved = await saveArtifacts(tf, model);
  const { modelTopology, weightSpecs } = saved;
  const weights = new Uint8Array(saved.weightData as ArrayBuffer);
  const description = {
    modelTopology,
    format: 'layers-model',
    generatedBy: saved.generatedBy,
    convertedBy: null,
    weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
  };
  return new Map<string, Uint8Array>([
    ['model.json', Buffer.from(JSON.stringify(description))],
    ['weights.bin', weights],
    [
      'model.onnx',
      exportOnnx(
        { modelTopology: modelTopology, weightSpecs: weightSpecs!, weightData: weights },
        { outputName: OUTPUT_NAMES[answers] },
      ),
    ],
  ]);
}

async function saveArtifacts(tf: TensorFlow, model: tensorflow.LayersModel): Promise<SavedModel> {
  const holder: { artifacts?: SavedModel } = {};
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      holder.artifacts = artifacts;
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' },
      });
    }),
  );
  return holder.artifacts!;
}
