import { beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../../../src/common/errors.ts';
import type { LoadedModel } from '../../../src/registry/loading/loaded-model.ts';
import { createAgeHead } from '../../../src/inference/head/age-head.ts';
import { AllPhotosFailedError } from '../../../src/serving/predict/outcomes.ts';
import type { AnsweredPhoto, PhotoObserver } from '../../../src/serving/predict/answered-photo.ts';
import type {
  EstimateContext,
  PhotoEstimate,
  PhotoEstimator,
} from '../../../src/inference/estimator.ts';
import { parsePredictQuery } from '../../../src/serving/predict/predict-query.ts';
import { PredictService } from '../../../src/serving/predict/predict-service.ts';
import { AGES, exampleManifest } from '../../support/models/example-manifest.ts';

type Estimate = (bytes: Uint8Array, context: EstimateContext) => Promise<PhotoEstimate>;

const manifest = exampleManifest();
const head = createAgeHead(manifest.head, manifest.buckets);
let reserved: number;
let released: number;
let queueReleased: number;

beforeEach(() => {
  reserved = 0;
  released = 0;
  queueReleased = 0;
});

const model: LoadedModel = {
  manifest,
  digest: '',
  engine: { name: 'onnxruntime', device: 'cpu' },
  precision: { precision: 'fp32', reason: 'a test' },
  head,
  batcher: {
    reserve: (count) => {
      reserved += count;
      return {
        submit: () => Promise.reject(new Error('the estimator is fake')),
        release: () => (queueReleased += 1),
      };
    },
    secondsToRoom: () => undefined,
    drain: () => Promise.resolve(),
  },
  framing: { kind: 'as-sent' },
  loadedAt: new Date(0),
  dispose: () => Promise.resolve(),
};

function predict(
  estimate: Estimate,
  photos = 3,
  signal = new AbortController().signal,
  observer?: PhotoObserver,
  unobserved = false,
) {
  const models = {
    borrow: () => Promise.resolve({ model, release: () => void (released += 1) }),
  };
  const estimator: Pick<PhotoEstimator, 'estimate' | 'estimateAll'> = {
    estimate: (input, context) => estimate((input as { bytes: Uint8Array }).bytes, context),
    estimateAll: () => Promise.reject(new Error('no request asks for all faces')),
  };
  const service = new PredictService(models, estimator, { faces: 'none', maxFaces: 32 });
  service.addObservers([observer]);
  return service.predict({
    photos: Array.from({ length: photos }, (_, index) => ({ bytes: Uint8Array.of(index) })),
    query: parsePredictQuery({}),
    requestId: 'r',
    signal,
    deadlineAtMs: Infinity,
    unobserved,
  });
}

const answerWith = (): PhotoEstimate => {
  const output = new Float32Array(AGES);
  output[30] = 1;
  return {
    estimate: head.interpret(output),
    warnings: [],
    face: undefined,
    photo: { width: 200, height: 200, format: 'jpeg' },
    gray: { mean: 120, std: 40 },
    pixels: new Uint8Array(4),
    batchSize: 1,
    inferenceMs: 1,
    preprocessMs: 1,
    queueMs: 1,
  };
};

describe('predicting several photos', () => {
  it('reserves all their queue slots at once, and releases the slots and the model', async () => {
    const answer = await predict(() => Promise.resolve(answerWith()));
    expect(answer.predictions.map((prediction) => 'id' in prediction && prediction.id)).toEqual([
      'r-0',
      'r-1',
      'r-2',
    ]);
    expect({ reserved, released, queueReleased }).toEqual({
      reserved: 3,
      released: 1,
      queueReleased: 1,
    });
  });

  it('cancels the others at the first fault of the whole request', async () => {
    const fault = new ServiceError('deadline_exceeded', 'late');
    const answer = predict(([index], { signal }) =>
      index === 1
        ? Promise.reject(fault)
        : new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error));
          }),
    );
    await expect(answer).rejects.toBe(fault);
    expect({ released, queueReleased }).toEqual({ released: 1, queueReleased: 1 });
  });

  it('continues with the others at the fault of one photo', async () => {
    const { predictions } = await predict(([index]) =>
      index === 1
        ? Promise.reject(new ServiceError('inference_failed', 'poisoned'))
        : Promise.resolve(answerWith()),
    );
    expect(predictions[1]).toMatchObject({ index: 1, error: { code: 'inference_failed' } });
    expect(predictions[2]).toMatchObject({ index: 2, id: 'r-2' });
  });

  it('shows observers each photo that was answered, while its model is still held', async () => {
    const seen: AnsweredPhoto[] = [];
    await predict(
      ([index]) =>
        index === 1
          ? Promise.reject(new ServiceError('inference_failed', 'poisoned'))
          : Promise.resolve(answerWith()),
      3,
      undefined,
      {
        observe: (photo) => {
          expect(released).toBe(0);
          seen.push(photo);
        },
      },
    );
    expect(seen.map(({ id, bytes }) => [id, ...bytes!])).toEqual([
      ['r-0', 0],
      ['r-2', 2],
    ]);
    expect(seen[0]).toMatchObject({ model, gray: { mean: 120 }, photo: { width: 200 } });
  });

  it('shows observers each photo that a model failed for, unless its client no longer waits', async () => {
    const codes: string[] = [];
    const observer: PhotoObserver = {
      observeFault: (fault, answeredBy) => {
        expect(answeredBy).toBe(model);
        codes.push(fault.code);
      },
    };
    const failing = ([index]: Uint8Array) =>
      index === 1
        ? Promise.reject(new ServiceError('inference_failed', 'poisoned'))
        : Promise.resolve(answerWith());
    await predict(failing, 3, undefined, observer);
    expect(codes).toEqual(['inference_failed']);
    const gone = AbortSignal.abort(new Error('the client is gone'));
    await expect(predict(failing, 3, gone, observer)).rejects.toThrow();
    const late = AbortSignal.abort(new ServiceError('deadline_exceeded', 'late'));
    await expect(predict(failing, 1, late, observer)).rejects.toThrow('late');
    expect(codes).toEqual(['inference_failed', 'deadline_exceeded']);
  });

  it('reports to observers whether a face was found, also if no photo of the request shows one', async () => {
    const searches: boolean[] = [];
    const observer: PhotoObserver = { observeSearch: (found) => void searches.push(found) };
    const point = { x: 1, y: 1 };
    const landmarks = {
      ...{ leftEye: point, rightEye: point, nose: point },
      ...{ mouth: point, leftEar: point, rightEar: point },
    };
    const box = { x: 0, y: 0, width: 9, height: 9 };
    const face = { box, score: 0.9, rollDegrees: 0, landmarks };
    const found = () => Promise.resolve({ ...answerWith(), face });
    const none = () => Promise.reject(new ServiceError('no_face', 'There is no face.'));
    const framed = () => Promise.resolve({ ...answerWith(), face: undefined });
    const broken = () => Promise.reject(new ServiceError('image_undecodable', 'damaged'));
    const kinds = [found, none, framed, broken];
    await predict(([index]) => kinds[index!]!(), 4, undefined, observer);
    expect(searches.toSorted()).toEqual([false, true]);
    await expect(predict(none, 1, undefined, observer)).rejects.toThrow();
    await predict(found, 1, undefined, observer, true);
    expect(searches.toSorted()).toEqual([false, false, true]);
  });

  it('shows observers nothing of an unobserved request', async () => {
    const seen: string[] = [];
    const observer: PhotoObserver = {
      observe: ({ id }) => void seen.push(id),
      observeFault: ({ code }) => void seen.push(code),
    };
    const estimate = ([index]: Uint8Array) =>
      index === 1
        ? Promise.reject(new ServiceError('inference_failed', 'poisoned'))
        : Promise.resolve(answerWith());
    await predict(estimate, 3, undefined, observer, true);
    expect(seen).toEqual([]);
    await predict(estimate, 3, undefined, observer);
    expect(seen.toSorted()).toEqual(['inference_failed', 'r-0', 'r-2']);
  });

  it('fails with the first fault and its advice when every photo failed', async () => {
    const answer = predict(([index]) =>
      Promise.reject(
        index === 0
          ? new ServiceError('inference_failed', 'restarting', { retryAfterSeconds: 7 })
          : new ServiceError('image_undecodable', 'damaged'),
      ),
    );
    const error = await answer.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AllPhotosFailedError);
    expect(error).toMatchObject({ code: 'inference_failed', retryAfterSeconds: 7 });
    expect((error as AllPhotosFailedError).faults.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect({ released, queueReleased }).toEqual({ released: 1, queueReleased: 1 });
  });

  it('starts no photo whose request was canceled while it waited for its turn', async () => {
    const client = new AbortController();
    const gone = new ServiceError('deadline_exceeded', 'late');
    const started: number[] = [];
    const answer = predict(
      ([index]) => {
        started.push(index!);
        client.abort(gone);
        return Promise.resolve(answerWith());
      },
      3,
      client.signal,
    );
    await expect(answer).rejects.toBe(gone);
    expect(started).toEqual([0]);
  });
});
