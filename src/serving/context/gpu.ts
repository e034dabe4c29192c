import { systemClock } from '../../common/clock.ts';
import { hasNvidiaDriver, nvidiaSmiStarter } from '../../inference/engine/nvidia-smi.ts';
import { GpuWatch } from '../lifecycle/gpu-watch.ts';
import type { Base } from './base.ts';

/** Whether GPUs are read here: by default where there is a driver. */
export function readsGpus(
  requested: Base['config']['GPU_METRICS'],
  hasDriver: () => boolean = hasNvidiaDriver,
): boolean {
  return requested === 'on' || (requested === 'auto' && hasDriver());
}

/** From now on, while this process is small and another is soon started, until it exits, however it does. */
export function watchGpus({ config, metrics, logger }: Base): void {
  if (!readsGpus(config.GPU_METRICS)) return;
  const watch = new GpuWatch({
    startNvidiaSmi: nvidiaSmiStarter(),
    metrics,
    logger,
    clock: systemClock,
  });
  watch.start();
  process.once('exit', () => watch.stop());
}
