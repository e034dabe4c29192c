import { ChildEngine, HostileGraphError } from '../../inference/engine/child-engine.ts';
import { DETECTOR_MAX_BATCH } from '../../inference/face-detector.ts';
import { utkFraming } from '../framing.ts';
import type { LocalDetector } from '../registry.ts';
import { batchSizesUpTo, warmUp } from './batch-sizes.ts';
import { loadDetector } from './local-detector.ts';
import { HostileVersionError, verificationMemoryBytes } from './verify-apart.ts';

/** Verifies a detector before it is loaded into this process. */
export type VerifyDetector = (detector: LocalDetector, signal: AbortSignal) => Promise<void>;

/**
 * Creates the function that loads a detector in a child process, compares it with its golden samples and runs it at every
 * batch size, as `createVerifyApart` does with a version: its graph may come from a registry that others write. The detector
 * that ships with this release is not verified again.
 * The function throws HostileVersionError where the graph hangs, crashes or needs too much memory; GoldenMismatchError; the
 * signal's reason.
 * @param limitMs for each step
 */
export function createVerifyDetector(limitMs: number): VerifyDetector {
  const verified = new Set([utkFraming.detector.sha256]);
  return async (detector, signal) => {
    const [graph] = detector.manifest.files;
    if (verified.has(graph!.sha256)) return;
    signal.throwIfAborted();
    await verify(detector, limitMs);
    verified.add(graph!.sha256);
  };
}

async function verify(detector: LocalDetector, limitMs: number): Promise<void> {
  const { files, golden } = detector.manifest;
  const apart = await ChildEngine.start({
    settings: { engine: 'onnxruntime', device: 'cpu', threads: 0 },
    taskMs: limitMs,
    memoryMaxBytes: verificationMemoryBytes(files, 'onnxruntime'),
  });
  try {
    const model = await loadDetector(apart, detector);
    const picture = Buffer.from(golden[0]!.pixels, 'base64');
    await warmUp(model, picture, batchSizesUpTo(DETECTOR_MAX_BATCH, 'cpu'));
  } catch (error) {
    if (!(error instanceof HostileGraphError)) throw error;
    throw new HostileVersionError(
      `the graph of its face detector cannot be run safely: in a process of its own ${error.message}`,
    );
  } finally {
    await apart.close();
  }
}
