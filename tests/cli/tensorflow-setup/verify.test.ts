import { describe, expect, it } from 'vitest';
import { verifyTensorFlow } from '../../../src/cli/tensorflow-setup/verify.ts';

const printing =
  (output: string, exitCode = 0) =>
  () =>
    Promise.resolve({ exitCode, output });
const line = (backend: string) => JSON.stringify({ backend, tensorflow: '2.21.0', gpu: false });

describe('verifying that TensorFlow loads', () => {
  it('reads what the child found, between the lines of native code', async () => {
    const loaded = await verifyTensorFlow(printing(`noise\n${line('tensorflow')}\nnoise`));
    expect(loaded).toEqual({ backend: 'tensorflow', tensorflow: '2.21.0', gpu: false });
  });

  it('refuses a backend that is not native', async () => {
    await expect(verifyTensorFlow(printing(line('cpu')))).rejects.toThrow(/backend cpu instead/);
  });

  it('shows what a child that fails or crashes printed', async () => {
    const crash = printing('libcudart.so: cannot open\nended by SIGSEGV\n', 1);
    await expect(verifyTensorFlow(crash)).rejects.toThrow(/does not load:\n.*cannot open/);
  });
});
