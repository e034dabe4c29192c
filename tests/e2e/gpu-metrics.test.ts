import { afterEach, describe, expect, it } from 'vitest';
import { delimiter } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { fakeNvidiaSmi, type FakeNvidiaSmi } from '../support/fakes/fake-nvidia-smi.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';

let models: ModelFolder;
let fake: FakeNvidiaSmi;
let service: ServiceProcess;
afterEach(async () => {
  service.child.kill('SIGKILL');
  await models.remove();
  await fake.remove();
});

async function serve(script: string, settings: Record<string, string>): Promise<string> {
  models = await createModelFolder();
  fake = await fakeNvidiaSmi(script);
  service = startService({
    PATH: `${fake.folder}${delimiter}${process.env.PATH}`,
    MODEL_REGISTRY: models.root,
    ENGINE: 'onnxruntime',
    ...settings,
  });
  return String((await service.untilLogged('listening')).address);
}

async function gpuSeries(address: string): Promise<string[]> {
  const response = await fetch(`${address}/metrics`);
  return (await response.text()).split('\n').filter((line) => /^face_age_gpu_(?!exp)/.test(line));
}

describe('the metrics of a server', { timeout: 60_000 }, () => {
  it('show the GPUs that nvidia-smi reports, and it ends when the server does', async () => {
    const rows = '0, 1024, 81920, 37\\n1, [N/A], [N/A], [N/A]\\n';
    const address = await serve(`printf '${rows}'\nexec sleep 1000`, { GPU_METRICS: 'on' });
    await eventually(async () =>
      expect(await gpuSeries(address)).toEqual([
        'face_age_gpu_memory_used_bytes{gpu="0"} 1073741824',
        'face_age_gpu_memory_total_bytes{gpu="0"} 85899345920',
        'face_age_gpu_utilization_ratio{gpu="0"} 0.37',
        'face_age_gpu_reading_failed 0',
      ]),
    );
    service.child.kill('SIGTERM');
    expect(await service.ended).toEqual({ code: 0, signal: null });
    await eventually(async () => expect(await fake.isRunning()).toBe(false));
  });

  it('show that nvidia-smi fails, and the log shows why', async () => {
    const script = 'echo "couldn\'t communicate with the NVIDIA driver"\nexit 9';
    const address = await serve(script, { GPU_METRICS: 'on' });
    expect(await service.untilLogged('nvidia-smi does not report')).toMatchObject({
      reason: 'ended with status 9',
      lastWords: "couldn't communicate with the NVIDIA driver",
    });
    expect(await gpuSeries(address)).toEqual(['face_age_gpu_reading_failed 1']);
  });

  it('start no nvidia-smi if the setting disables it', async () => {
    const address = await serve('exec sleep 1000', { GPU_METRICS: 'off' });
    expect(await gpuSeries(address)).toEqual(['face_age_gpu_reading_failed 0']);
    await expect(fake.isRunning()).rejects.toThrow('ENOENT');
  });
});
