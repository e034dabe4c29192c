import type { Random } from '../../src/common/random.ts';

type Mutation = (file: Buffer, random: Random) => Buffer;

const index = (random: Random, length: number): number => Math.floor(random() * length);

const mutations: readonly Mutation[] = [truncated, bitsFlipped, bytesReplaced, spliced, grown];

/** The file with one random kind of damage. */
export function mutate(file: Buffer, random: Random): Buffer {
  return mutations[index(random, mutations.length)]!(file, random);
}

function truncated(file: Buffer, random: Random): Buffer {
  return file.subarray(0, index(random, file.length));
}

/** Headers are short and important: every second flip is in the first hundred bytes. */
function bitsFlipped(file: Buffer, random: Random): Buffer {
  const damaged = Buffer.from(file);
  const flips = 1 + index(random, 30);
  for (let flip = 0; flip < flips; flip++) {
    const reach = flip % 2 === 0 ? Math.min(100, file.length) : file.length;
    damaged[index(random, reach)]! ^= 1 << index(random, 8);
  }
  return damaged;
}

/** Sets bytes near the start, which are often lengths and sizes, to extreme values. */
function bytesReplaced(file: Buffer, random: Random): Buffer {
  const damaged = Buffer.from(file);
  const extremes = [0x00, 0x7f, 0x80, 0xff];
  const at = index(random, Math.min(400, file.length));
  damaged.fill(extremes[index(random, 4)]!, at, Math.min(file.length, at + 1 + index(random, 4)));
  return damaged;
}

function spliced(file: Buffer, random: Random): Buffer {
  const [from, to] = [index(random, file.length), index(random, file.length)];
  return Buffer.concat([file.subarray(0, from), file.subarray(to)]);
}

function grown(file: Buffer, random: Random): Buffer {
  const noise = Buffer.from(Array.from({ length: index(random, 2000) }, () => index(random, 256)));
  return Buffer.concat([file, noise]);
}
