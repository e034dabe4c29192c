import { describe, expect, it } from 'vitest';
import {
  EngineUnavailableError,
  type Device,
  type EngineName,
} from '../../../src/inference/engine/engine.ts';
import { selectEngine, type EngineRequest } from '../../../src/inference/engine/select-engine.ts';
import type { WorkerSettings } from '../../../src/inference/engine/worker-protocol.ts';

interface Fittings {
  driver?: boolean;
  /** The device that TensorFlow finds; `missing` if it is not installed. */
  tensorflow?: Device | 'missing';
}

/** Selects on a fake machine; `open` lists the engines that were started and not closed. */
async function select(
  requested: Partial<EngineRequest>,
  { driver, tensorflow = 'missing' }: Fittings,
) {
  const started: WorkerSettings[] = [];
  const open = new Set<EngineName>();
  const selecting = selectEngine(
    { engine: 'auto', device: 'auto', threads: 2, ...requested },
    {
      hasNvidiaDriver: () => driver ?? false,
      start: (settings) => {
        started.push(settings);
        if (settings.engine === 'tensorflow' && tensorflow === 'missing') {
          return Promise.reject(new EngineUnavailableError('TensorFlow is not installed'));
        }
        open.add(settings.engine);
        return Promise.resolve({
          name: settings.engine,
          device: settings.engine === 'tensorflow' ? (tensorflow as Device) : 'cpu',
          load: () => Promise.reject(new Error('not asked for')),
          close: () => {
            open.delete(settings.engine);
            return Promise.resolve();
          },
        });
      },
    },
  );
  const selected = await selecting.catch((error: unknown) => error as EngineUnavailableError);
  return { selected, started, open: [...open] };
}

const gpu: Fittings = { driver: true, tensorflow: 'gpu' };
const brokenGpu: Fittings = { driver: true, tensorflow: 'cpu' };
const driverAlone: Fittings = { driver: true, tensorflow: 'missing' };
const tensorflowOnCpu: Fittings = { tensorflow: 'cpu' };

describe('ENGINE=auto', () => {
  it('selects onnxruntime without a driver, and does not load TensorFlow', async () => {
    const { selected, started } = await select({}, tensorflowOnCpu);
    expect(started).toEqual([{ engine: 'onnxruntime', device: 'auto', threads: 2, instances: 1 }]);
    expect(selected).toMatchObject({
      reason: 'onnxruntime: the fastest on a CPU; there is no NVIDIA driver',
      gpuExpectedButAbsent: false,
    });
  });

  it('selects tensorflow if a GPU is visible', async () => {
    const { selected, open } = await select({}, gpu);
    expect(open).toEqual(['tensorflow']);
    expect(selected).toMatchObject({
      engine: { name: 'tensorflow', device: 'gpu' },
      reason: 'tensorflow: a GPU is visible',
      gpuExpectedButAbsent: false,
    });
  });

  it.each([
    ['is not installed', driverAlone, 'TensorFlow is not installed'],
    ['sees no GPU', brokenGpu, 'TensorFlow sees no usable GPU'],
  ])(
    'falls back loudly where there is a driver and TensorFlow %s',
    async (_, machine, obstacle) => {
      const { selected, open } = await select({}, machine);
      expect(open).toEqual(['onnxruntime']);
      expect(selected).toMatchObject({
        gpuExpectedButAbsent: true,
        reason: `onnxruntime: an NVIDIA driver is present but unusable: ${obstacle}`,
      });
    },
  );

  it('does not use the GPU with DEVICE=cpu', async () => {
    const { selected, started } = await select({ device: 'cpu' }, gpu);
    expect(started.map(({ engine }) => engine)).toEqual(['onnxruntime']);
    expect(selected).toMatchObject({ gpuExpectedButAbsent: false });
  });

  it('selects only engines that the model lists', async () => {
    const onlyOnnx = await select({ listed: ['onnxruntime'] }, gpu);
    expect(onlyOnnx.started.map(({ engine }) => engine)).toEqual(['onnxruntime']);
    const onlyTensorflow = await select({ listed: ['tensorflow'] }, tensorflowOnCpu);
    expect(onlyTensorflow.open).toEqual(['tensorflow']);
  });
});

describe('DEVICE=gpu', () => {
  it('selects tensorflow on the GPU', async () => {
    const { selected } = await select({ device: 'gpu' }, gpu);
    expect(selected).toMatchObject({ engine: { name: 'tensorflow', device: 'gpu' } });
  });

  it.each([
    ['without TensorFlow', {}, driverAlone, 'TensorFlow is not installed'],
    ['where TensorFlow sees no GPU', {}, brokenGpu, 'no usable GPU'],
    ['with ENGINE=onnxruntime', { engine: 'onnxruntime' as const }, gpu, 'ENGINE=tensorflow'],
    ['for a model without tensorflow', { listed: ['onnxruntime' as const] }, gpu, 'not on tensor'],
  ])('is an error %s, and leaves nothing running', async (_, requested, machine, message) => {
    const { selected, open } = await select({ device: 'gpu', ...requested }, machine);
    expect(selected).toBeInstanceOf(EngineUnavailableError);
    expect((selected as Error).message).toContain(message);
    expect(open).toEqual([]);
  });
});

describe('an engine requested by name', () => {
  it('is selected', async () => {
    const onnxruntime = await select({ engine: 'onnxruntime' }, gpu);
    expect(onnxruntime.selected).toMatchObject({
      reason: 'onnxruntime: ENGINE=onnxruntime',
      gpuExpectedButAbsent: false,
    });
    const tensorflow = await select({ engine: 'tensorflow' }, tensorflowOnCpu);
    expect(tensorflow.selected).toMatchObject({
      engine: { device: 'cpu' },
      gpuExpectedButAbsent: false,
    });
  });

  it('is not replaced if it is missing', async () => {
    const { selected, started } = await select({ engine: 'tensorflow' }, {});
    expect(selected).toBeInstanceOf(EngineUnavailableError);
    expect(started).toHaveLength(1);
  });

  it('is an error if the model does not list it', async () => {
    const { selected } = await select({ engine: 'onnxruntime', listed: ['tensorflow'] }, {});
    expect((selected as Error).message).toContain('runs on tensorflow, not on onnxruntime');
  });

  it('warns if there is a driver but tensorflow finds no GPU, unless DEVICE=cpu', async () => {
    const auto = await select({ engine: 'tensorflow' }, brokenGpu);
    expect(auto.selected).toMatchObject({ gpuExpectedButAbsent: true });
    const cpu = await select({ engine: 'tensorflow', device: 'cpu' }, brokenGpu);
    expect(cpu.selected).toMatchObject({ gpuExpectedButAbsent: false });
  });
});
