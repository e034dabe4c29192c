import type { Random } from '../../src/common/random.ts';

/** What mutations choose from. */
export interface Material {
  /** Inputs that reached new code; at least one. */
  corpus: readonly Buffer[];
  /** Words of the format, which random bytes would hardly form. */
  words: readonly Buffer[];
  maxBytes: number;
}

const below = (random: Random, count: number): number => Math.floor(random() * count);
const pick = <Item>(random: Random, items: readonly Item[]): Item =>
  items[below(random, items.length)]!;

type Mutation = (input: Buffer, material: Material, random: Random) => Buffer;

/** Lengths, offsets and counts at which parsers tend to fail. */
const numbers = [0, 1, 2, 4, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff];
const numbers32 = [...numbers, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

const mutations: readonly Mutation[] = [
  flipBit,
  setByte,
  writeNumber,
  writeWord,
  insertWord,
  removePart,
  repeatPart,
  truncate,
  cross,
];

/** A member of the corpus with one to eight random changes. */
export function mutateInput(material: Material, random: Random): Buffer {
  let input: Buffer = Buffer.from(pick(random, material.corpus));
  const changes = 1 << below(random, 4);
  for (let change = 0; change < changes; change++)
    input = pick(random, mutations)(input, material, random);
  return input.subarray(0, material.maxBytes);
}

function flipBit(input: Buffer, _material: Material, random: Random): Buffer {
  if (input.length > 0) input[below(random, input.length)]! ^= 1 << below(random, 8);
  return input;
}

function setByte(input: Buffer, _material: Material, random: Random): Buffer {
  if (input.length > 0) input[below(random, input.length)] = below(random, 256);
  return input;
}

function writeNumber(input: Buffer, _material: Material, random: Random): Buffer {
  const bytes = pick(random, [1, 2, 4]);
  if (input.length < bytes) return input;
  const at = below(random, input.length - bytes + 1);
  const number = pick(random, numbers32) % 2 ** (8 * bytes);
  if (random() < 0.5) input.writeUIntBE(number, at, bytes);
  else input.writeUIntLE(number, at, bytes);
  return input;
}

function writeWord(input: Buffer, { words }: Material, random: Random): Buffer {
  pick(random, words).copy(input, below(random, input.length + 1));
  return input;
}

function insertWord(input: Buffer, { words }: Material, random: Random): Buffer {
  const at = below(random, input.length + 1);
  return Buffer.concat([input.subarray(0, at), pick(random, words), input.subarray(at)]);
}

function removePart(input: Buffer, _material: Material, random: Random): Buffer {
  const [from, to] = partOf(input, random);
  return Buffer.concat([input.subarray(0, from), input.subarray(to)]);
}

function repeatPart(input: Buffer, _material: Material, random: Random): Buffer {
  const [from, to] = partOf(input, random);
  const times = 1 + below(random, 8);
  const part = input.subarray(from, to);
  return Buffer.concat([
    input.subarray(0, to),
    ...Array<Buffer>(times).fill(part),
    input.subarray(to),
  ]);
}

function truncate(input: Buffer, _material: Material, random: Random): Buffer {
  return input.subarray(0, below(random, input.length + 1));
}

function cross(input: Buffer, { corpus }: Material, random: Random): Buffer {
  const other = pick(random, corpus);
  const end = other.subarray(below(random, other.length + 1));
  return Buffer.concat([input.subarray(0, below(random, input.length + 1)), end]);
}

function partOf(input: Buffer, random: Random): [from: number, to: number] {
  const from = below(random, input.length + 1);
  return [from, from + below(random, Math.min(64, input.length - from) + 1)];
}
