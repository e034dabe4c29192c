import { existsSync } from 'node:fs';

/** Whether the kernel of this machine has one; the GPU may still not be usable. */
export function hasNvidiaDriver(): boolean {
  return ['/proc/driver/nvidia/version', '/dev/nvidia0', '/dev/nvidiactl'].some(existsSync);
}
