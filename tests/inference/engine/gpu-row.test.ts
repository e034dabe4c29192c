import { describe, expect, it } from 'vitest';
import { parseGpuRow } from '../../../src/inference/engine/nvidia-smi.ts';

const GIB = 2 ** 30;

describe('parseGpuRow', () => {
  it('reads bytes and the utilization', () => {
    expect(parseGpuRow('1, 1024, 81920, 37')).toEqual({
      gpu: '1',
      memoryUsedBytes: GIB,
      memoryTotalBytes: 80 * GIB,
      utilization: 0.37,
    });
  });

  it.each(['[N/A]', '[Not Supported]', '[Unknown Error]', '[Insufficient Permissions]', 'N/A'])(
    'treats %s as not reported and keeps the other values',
    (notReported) => {
      expect(parseGpuRow(`0, 2048, 81920, ${notReported}`)).toMatchObject({
        memoryUsedBytes: 2 * GIB,
        utilization: undefined,
      });
      expect(parseGpuRow(`0, ${notReported}, ${notReported}, 0`)).toEqual({
        gpu: '0',
        memoryUsedBytes: undefined,
        memoryTotalBytes: undefined,
        utilization: 0,
      });
    },
  );

  it.each([
    '',
    'No devices were found',
    'index, memory.used [MiB], memory.total [MiB], utilization.gpu [%]',
    '0, 1 MiB, 2 MiB, 3 %',
    '0, 1, 2',
    '0, 1, 2, 3, 4',
    '0, 1, 2, 101',
    '0, -1, 2, 3',
    '0, 1, 2, NaN',
    '[N/A], 1, 2, 3',
    '0x0, 1, 2, 3',
    `0, ${'9'.repeat(400)}, 2, 3`,
  ])('does not take %j for a GPU', (line) => {
    expect(parseGpuRow(line)).toBeUndefined();
  });
});
