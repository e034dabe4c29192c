import { reportLostThread } from '../../common/process/end-process.ts';
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
import type { TaskLimits } from './task-watch.ts';
import { WorkerEngine, type RestartFacts } from './worker-engine.ts';
import type { OverrunFacts } from './worker-link.ts';
import type { WorkerSettings } from './worker-protocol.ts';

export interface EngineRequest {
  engine: 'auto' | EngineName;
  device: 'auto' | Device;
  /** Threads of one inference; 0 leaves it to the engine. */
  threads: number;
  /** Number of parallel onnxruntime instances; 1 by default. TensorFlow always uses one. */
  instances?: number;
  /** The engines that the artifact supports; all by default. */
  listed?: readonly EngineName[];
  onRestart?: (facts: RestartFacts) => void;
  /** Called for each instance that exceeds a limit; it stays down from then on. */
  onOverrun?: (facts: OverrunFacts) => void;
  /** `defaultTaskLimits` by default. */
  limits?: TaskLimits;
}

export interface SelectedEngine {
  engine: Engine;
  /** Why this engine was selected, for the log and for people. */
  reason: string;
  /** An NVIDIA driver is present, but no GPU is used although `device` allows one: worth a loud warning. */
  gpuExpectedButAbsent: boolean;
}

/** The machine as selection sees it; tests replace it. */
export interface Machine {
  hasNvidiaDriver: () => boolean;
  start: (settings: WorkerSettings) => Promise<Engine>;
}

/**
 * Starts the engine that serves: the requested one, or with `auto` TensorFlow if it is supported, installed and sees a
 * GPU, and onnxruntime otherwise. Without an NVIDIA driver TensorFlow is not even loaded.
 * @throws EngineUnavailableError if the request cannot be fulfilled
 */
export async function selectEngine(
  request: EngineRequest,
  machine: Machine = thisMachine(request),
): Promise<SelectedEngine> {
  if (request.device === 'gpu') return selectForGpu(request, machine);
  if (request.engine === 'onnxruntime') return selectOnnxruntime(request, machine);
  if (request.engine === 'tensorflow')
    return selectTensorflow(request, machine, 'ENGINE=tensorflow');
  return selectAutomatically(request, machine);
}

async function selectForGpu(request: EngineRequest, machine: Machine): Promise<SelectedEngine> {
  if (request.engine === 'onnxruntime') {
    throw new EngineUnavailableError(
      'DEVICE=gpu: onnxruntime runs on the CPU here; use ENGINE=tensorflow.',
    );
  }
  const selected = await selectTensorflow(request, machine, 'DEVICE=gpu');
  if (selected.engine.device === 'gpu') return selected;
  await selected.engine.close();
  throw new EngineUnavailableError(
    'DEVICE=gpu: TensorFlow sees no usable GPU. Check the driver (nvidia-smi) and the CUDA libraries, or use DEVICE=auto.',
  );
}

async function selectAutomatically(
  request: EngineRequest,
  machine: Machine,
): Promise<SelectedEngine> {
  const { listed = engineNames, device } = request;
  if (!listed.includes('onnxruntime')) {
    return selectTensorflow(request, machine, 'the model lists no other engine');
  }
  if (device === 'cpu')
    return selectOnnxruntime(request, machine, 'the fastest on a CPU; DEVICE=cpu');
  if (!machine.hasNvidiaDriver()) {
    return selectOnnxruntime(request, machine, 'the fastest on a CPU; there is no NVIDIA driver');
  }
  if (!listed.includes('tensorflow')) {
    return selectOnnxruntime(request, machine, 'the model lists no other engine');
  }
  return selectWithDriver(request, machine);
}

/** With a driver present, only loading TensorFlow shows whether there is a usable GPU. */
async function selectWithDriver(request: EngineRequest, machine: Machine): Promise<SelectedEngine> {
  let obstacle = 'TensorFlow sees no usable GPU';
  try {
    const engine = await machine.start(settingsOf(request, 'tensorflow'));
    if (engine.device === 'gpu') {
      return { engine, reason: 'tensorflow: a GPU is visible', gpuExpectedButAbsent: false };
    }
    await engine.close();
  } catch (error) {
    obstacle = messageOf(error);
  }
  const reason = `an NVIDIA driver is present but unusable: ${obstacle}`;
  return {
    ...(await selectOnnxruntime(request, machine, reason)),
    gpuExpectedButAbsent: true,
  };
}

async function selectOnnxruntime(
  request: EngineRequest,
  machine: Machine,
  reason = 'ENGINE=onnxruntime',
): Promise<SelectedEngine> {
  checkListed(request, 'onnxruntime');
  const engine = await machine.start(settingsOf(request, 'onnxruntime'));
  return { engine, reason: `onnxruntime: ${reason}`, gpuExpectedButAbsent: false };
}

async function selectTensorflow(
  request: EngineRequest,
  machine: Machine,
  reason: string,
): Promise<SelectedEngine> {
  checkListed(request, 'tensorflow');
  const engine = await machine.start(settingsOf(request, 'tensorflow'));
  const expected = request.device === 'auto' && machine.hasNvidiaDriver();
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

function thisMachine({ onRestart, onOverrun, limits }: EngineRequest): Machine {
  const reactions = {
    ...(onRestart !== undefined && { onRestart }),
    onOverrun: (facts: OverrunFacts) => {
      reportLostThread();
      onOverrun?.(facts);
    },
    ...(limits !== undefined && { limits }),
  };
  return {
    hasNvidiaDriver,
    start: (settings) => {
      const options = { ...settings, ...reactions };
      const { instances = 1 } = settings;
      if (instances === 1) return WorkerEngine.start(options);
      return EngineInstances.start(instances, (instance) =>
        WorkerEngine.start({ ...options, instance }),
      );
    },
  };
}
