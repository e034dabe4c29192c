import { messageOf } from '../../common/errors.ts';
import { hasNvidiaDriver } from './nvidia-smi.ts';
import { EngineInstances } from './engine-instances.ts';
import {
  EngineUnavailableError,
  engineNames,
  type Device,
  type Engine,
  type EngineName,
} from './engine.ts';
import { WorkerEngine, type RestartFacts } from './worker-engine.ts';
import type { WorkerSettings } from './worker-protocol.ts';

export interface EngineRequest {
  engine: 'auto' | EngineName;
  device: 'auto' | Device;
  /** Threads of one inference; 0 leaves it to the engine. */
  threads: number;
  /** Of onnxruntime, side by side; 1 by default. A TensorFlow has the device to itself. */
  instances?: number;
  /** The engines that the artifact lists; default: all. */
  listed?: readonly EngineName[];
  onRestart?: (facts: RestartFacts) => void;
}

export interface SelectedEngine {
  engine: Engine;
  /** Why this one, for the log and for people. */
  reason: string;
  /** An NVIDIA driver is here, and yet no GPU is used though one was not ruled out: worth a loud warning. */
  gpuExpectedButAbsent: boolean;
}

/** What selection asks of the machine; tests answer for it. */
export interface Machine {
  hasNvidiaDriver: () => boolean;
  start: (settings: WorkerSettings) => Promise<Engine>;
}

/**
 * Starts the engine that serves: the one asked for, or with `auto` TensorFlow where it is listed, installed and
 * sees a GPU, and onnxruntime everywhere else. Without an NVIDIA driver TensorFlow is not even loaded.
 * @throws EngineUnavailableError where the wish cannot be met.
 */
export async function selectEngine(
  requested: EngineRequest,
  machine: Machine = thisMachine(requested),
): Promise<SelectedEngine> {
  if (requested.device === 'gpu') return selectForGpu(requested, machine);
  if (requested.engine === 'onnxruntime') return selectOnnxruntime(requested, machine);
  if (requested.engine === 'tensorflow')
    return selectTensorflow(requested, machine, 'ENGINE=tensorflow');
  return selectAutomatically(requested, machine);
}

async function selectForGpu(requested: EngineRequest, machine: Machine): Promise<SelectedEngine> {
  if (requested.engine === 'onnxruntime') {
    throw new EngineUnavailableError(
      'DEVICE=gpu: onnxruntime runs on the CPU here; use ENGINE=tensorflow.',
    );
  }
  const selected = await selectTensorflow(requested, machine, 'DEVICE=gpu');
  if (selected.engine.device === 'gpu') return selected;
  await selected.engine.close();
  throw new EngineUnavailableError(
    'DEVICE=gpu: TensorFlow sees no usable GPU. Check the driver (nvidia-smi) and the CUDA libraries, or use DEVICE=auto.',
  );
}

async function selectAutomatically(
  requested: EngineRequest,
  machine: Machine,
): Promise<SelectedEngine> {
  const { listed = engineNames, device } = requested;
  if (!listed.includes('onnxruntime')) {
    return selectTensorflow(requested, machine, 'the model lists no other engine');
  }
  if (device === 'cpu')
    return selectOnnxruntime(requested, machine, 'the fastest on a CPU; DEVICE=cpu');
  if (!machine.hasNvidiaDriver()) {
    return selectOnnxruntime(requested, machine, 'the fastest on a CPU; there is no NVIDIA driver');
  }
  if (!listed.includes('tensorflow')) {
    return selectOnnxruntime(requested, machine, 'the model lists no other engine');
  }
  return selectWithDriver(requested, machine);
}

/** A driver is present, so only trying TensorFlow tells whether there is a usable GPU. */
async function selectWithDriver(
  requested: EngineRequest,
  machine: Machine,
): Promise<SelectedEngine> {
  let obstacle = 'TensorFlow sees no usable GPU';
  try {
    const engine = await machine.start(settingsOf(requested, 'tensorflow'));
    if (engine.device === 'gpu') {
      return { engine, reason: 'tensorflow: a GPU is visible', gpuExpectedButAbsent: false };
    }
    await engine.close();
  } catch (error) {
    obstacle = messageOf(error);
  }
  const reason = `an NVIDIA driver is present but unusable: ${obstacle}`;
  return {
    ...(await selectOnnxruntime(requested, machine, reason)),
    gpuExpectedButAbsent: true,
  };
}

async function selectOnnxruntime(
  requested: EngineRequest,
  machine: Machine,
  reason = 'ENGINE=onnxruntime',
): Promise<SelectedEngine> {
  checkListed(requested, 'onnxruntime');
  const engine = await machine.start(settingsOf(requested, 'onnxruntime'));
  return { engine, reason: `onnxruntime: ${reason}`, gpuExpectedButAbsent: false };
}

async function selectTensorflow(
  requested: EngineRequest,
  machine: Machine,
  reason: string,
): Promise<SelectedEngine> {
  checkListed(requested, 'tensorflow');
  const engine = await machine.start(settingsOf(requested, 'tensorflow'));
  const expected = requested.device === 'auto' && machine.hasNvidiaDriver();
  return {
    engine,
    reason: `tensorflow: ${reason}`,
    gpuExpectedButAbsent: expected && engine.device === 'cpu',
  };
}

function checkListed({ listed = engineNames }: EngineRequest, name: EngineName): void {
  if (listed.includes(name)) return;
  throw new EngineUnavailableError(
    `The model runs on ${listed.join(' or ')}, not on ${name}; set ENGINE=auto.`,
  );
}

function settingsOf(
  { device, threads, instances = 1 }: EngineRequest,
  engine: EngineName,
): WorkerSettings {
  return { engine, device, threads, instances: engine === 'onnxruntime' ? instances : 1 };
}

function thisMachine({ onRestart }: EngineRequest): Machine {
  return {
    hasNvidiaDriver,
    start: (settings) => {
      const options = onRestart === undefined ? settings : { ...settings, onRestart };
      const { instances = 1 } = settings;
      if (instances === 1) return WorkerEngine.start(options);
      return EngineInstances.start(instances, (instance) =>
        WorkerEngine.start({ ...options, instance }),
      );
    },
  };
}
