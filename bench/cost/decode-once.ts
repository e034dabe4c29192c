/** Decodes one file in a process of its own, after some small ones, and prints what that took as JSON. */
import { readFileSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { sniffImageFormat } from '../../src/inference/preprocess/format/image-format.ts';
import { decodePhoto } from '../../src/inference/preprocess/preprocess.ts';
import { defaultPreprocessSpec as spec } from '../../src/inference/preprocess/spec.ts';

const WARM_UPS = 5;
const limits = { maxPixels: 1e9 };

/** Bytes of a line of /proc/self/status. */
function statusBytes(name: string): number {
  const status = readFileSync('/proc/self/status', 'latin1');
  return 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
}

const file = readFileSync(process.argv[2]!);
const blank = { width: 400, height: 400, channels: 3, background: '#777' } as const;
const format = sniffImageFormat(file);
// Nothing here encodes HEIC; its decoder is loaded by the first photo, which counts.
const small = await sharp({ create: blank })
  .toFormat(format === 'heic' ? 'png' : format)
  .toBuffer();
for (let count = 0; count < WARM_UPS; count += 1) await decodePhoto(small, spec, limits);
// Resets the high-water mark (proc(5), clear_refs).
writeFileSync('/proc/self/clear_refs', '5');
const residentBytes = statusBytes('VmRSS');
const cpu = process.cpuUsage();
await decodePhoto(file, spec, limits);
const { user, system } = process.cpuUsage(cpu);
const memoryBytes = statusBytes('VmHWM') - residentBytes;
console.log(JSON.stringify({ cpuMs: (user + system) / 1000, memoryBytes }));
