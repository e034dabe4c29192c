import { describe, expect, it } from 'vitest';
import {
  EngineInstances,
  type EngineInstance,
} from '../../../src/inference/engine/engine-instances.ts';
import {
  EngineUnavailableError,
  type EngineArtifact,
} from '../../../src/inference/engine/engine.ts';
import { deferred, type Deferred } from '../../support/fakes/deferred.ts';

const artifact: EngineArtifact = {
  ...{ directory: 'x', width: 1, height: 1, mean: 0, std: 1, outputLength: 1 },
};
const pixels = () => Uint8Array.of(0);

/** An instance whose answers the test controls. */
class HeldInstance implements EngineInstance {
  readonly name = 'onnxruntime';
  readonly device = 'cpu';
  isUp = true;
  failsToLoad = false;
  isClosed = false;
  models = 0;
  readonly runs: Deferred<Float32Array>[] = [];

  load() {
    if (this.failsToLoad) return Promise.reject(new Error('no room'));
    this.models += 1;
    return Promise.resolve({
      run: () => {
        const answer = deferred<Float32Array>();
        this.runs.push(answer);
        return answer.promise;
      },
      dispose: () => {
        this.models -= 1;
        return Promise.resolve();
      },
    });
  }

  close() {
    this.isClosed = true;
    return Promise.resolve();
  }
}

async function setUp() {
  const instances = [new HeldInstance(), new HeldInstance()] as const;
  const waiting = [...instances];
  const engine = await EngineInstances.start(2, () => Promise.resolve(waiting.shift()!));
  return { engine, instances };
}

async function setUpWithModel() {
  const { engine, instances } = await setUp();
  const model = await engine.load(artifact);
  const runs = () => instances.map((instance) => instance.runs.length);
  return { engine, instances, model, runs };
}

describe('runs', () => {
  it('go to the least busy instance', async () => {
    const { model, instances, runs } = await setUpWithModel();
    const answers = [model.run(pixels(), 1), model.run(pixels(), 1), model.run(pixels(), 1)];
    expect(runs()).toEqual([2, 1]);
    instances[1].runs[0]!.resolve(Float32Array.of(7));
    expect(await answers[1]).toEqual(Float32Array.of(7));
    void model.run(pixels(), 1);
    expect(runs()).toEqual([2, 2]);
  });

  it('free their instance when they fail', async () => {
    const { model, instances, runs } = await setUpWithModel();
    const failing = model.run(pixels(), 1);
    instances[0].runs[0]!.reject(new Error('poisoned'));
    await expect(failing).rejects.toThrow('poisoned');
    void model.run(pixels(), 1);
    expect(runs()).toEqual([2, 0]);
  });

  it('skip an instance that is down until it is up again', async () => {
    const { model, instances, runs } = await setUpWithModel();
    instances[0].isUp = false;
    void model.run(pixels(), 1);
    void model.run(pixels(), 1);
    expect(runs()).toEqual([0, 2]);
    instances[0].isUp = true;
    void model.run(pixels(), 1);
    expect(runs()).toEqual([1, 2]);
  });

  it('go to the first instance when none is up, which reports why', async () => {
    const { model, instances, runs } = await setUpWithModel();
    for (const instance of instances) instance.isUp = false;
    void model.run(pixels(), 1);
    expect(runs()).toEqual([1, 0]);
  });
});

describe('networks', () => {
  it('are loaded into and disposed of in every instance', async () => {
    const { instances, model } = await setUpWithModel();
    expect(instances.map(({ models }) => models)).toEqual([1, 1]);
    expect(model.instances).toHaveLength(2);
    await model.dispose();
    expect(instances.map(({ models }) => models)).toEqual([0, 0]);
  });

  it('are removed from all instances if one cannot load them', async () => {
    const { engine, instances } = await setUp();
    instances[1].failsToLoad = true;
    await expect(engine.load(artifact)).rejects.toThrow('no room');
    expect(instances[0].models).toBe(0);
  });
});

describe('start', () => {
  it('leaves no instance running if one is unavailable', async () => {
    const first = new HeldInstance();
    let starts = 0;
    const starting = EngineInstances.start(2, () => {
      starts += 1;
      if (starts === 1) return Promise.resolve(first);
      return Promise.reject(new EngineUnavailableError('no more threads'));
    });
    await expect(starting).rejects.toThrow('no more threads');
    expect(first.isClosed).toBe(true);
  });

  it('starts all instances, and close closes all', async () => {
    const { engine, instances } = await setUp();
    expect(engine).toMatchObject({ name: 'onnxruntime', device: 'cpu', instances: 2 });
    await engine.close();
    expect(instances.every(({ isClosed }) => isClosed)).toBe(true);
  });
});
