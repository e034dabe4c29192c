import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readConfig } from '../../src/common/config/config.ts';
import { messageOf } from '../../src/common/errors.ts';
import { markdownTable } from '../../src/common/text/text-table.ts';
import { DecodeBudget } from '../../src/inference/decoding/decode-budget.ts';
import { longestWaitMs } from '../../src/inference/decoding/guarded-preprocess.ts';
import type { DecodeCost } from '../../src/inference/decoding/header/coded-picture.ts';
import { readHeader } from '../../src/inference/decoding/header/read-header.ts';
import { readJpegHeader } from '../../src/inference/preprocess/format/jpeg-header.ts';
import { type Coding, codings, type Content, PictureMaker } from './codings.ts';
import { type CostBounds, type CostRow, largestByFormat } from './largest.ts';

export interface CostOptions {
  /** Formats to measure. */
  only: readonly string[];
  /** Width of the pictures; their height is three quarters of it. */
  width: number;
  json?: string;
}

export const costFormats = [...new Set(codings.map(({ format }) => format))];

const run = promisify(execFile);
const decodeOnce = fileURLToPath(new URL('./decode-once.ts', import.meta.url));
const contents: readonly Content[] = ['flat', 'grain'];

/**
 * Compares the estimates of memory and time with what decoding takes, and prints the largest cost of a request by format.
 * @returns false if memory exceeds its estimate
 */
export async function runCost({ only, width, json }: CostOptions): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'face-age-cost-'));
  const rows: CostRow[] = [];
  try {
    for (const coding of codings.filter(({ format }) => only.includes(format)))
      for (const content of contents) {
        const row = await measure(coding, content, width, join(folder, 'photo'));
        if (row !== undefined) rows.push(row);
      }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const largest = largestByFormat(rows, defaultBounds());
  console.log(`${renderRows(rows)}\n\n${renderLargest(largest)}`);
  if (json !== undefined) {
    const figures = { environment: environment(), width, rows, largest };
    await writeFile(json, `${JSON.stringify(figures, null, 2)}\n`);
  }
  return rows.every(({ estimate, measured }) => estimate.memoryBytes >= measured.memoryBytes);
}

/** Undefined where this build of libvips cannot write the coding. */
async function measure(
  { format, coding, encode }: Coding,
  content: Content,
  width: number,
  path: string,
): Promise<CostRow | undefined> {
  const picture = new PictureMaker(width, Math.round(width * 0.75), content);
  try {
    const file = await encode(picture).toBuffer();
    await writeFile(path, file);
    const estimate = readHeader(file, { jpeg: readJpegHeader(file) }).cost;
    const { stdout } = await run(process.execPath, ['--import', 'tsx', decodeOnce, path]);
    const measured = JSON.parse(stdout) as DecodeCost;
    const megapixels = (picture.width * picture.height) / 1e6;
    return { format, coding, content, megapixels, fileBytes: file.length, estimate, measured };
  } catch (error) {
    console.error(`${format}, ${coding}, ${content}: ${messageOf(error)}`);
    return undefined;
  }
}

/** The default settings, on a machine with two cores. */
function defaultBounds(): CostBounds {
  const config = readConfig({});
  const workers = 1;
  const budget = new DecodeBudget({
    memoryBytes: config.DECODE_MEMORY_BYTES,
    maxCpuMs: config.DECODE_MAX_MS,
    maxWaitMs: config.REQUEST_DEADLINE_MS,
    workers,
  });
  return {
    maxPixels: config.MAX_PIXELS,
    maxFileBytes: config.UPLOAD_MAX_BYTES,
    memoryBytes: budget.limits.memoryBytes,
    maxCpuMs: config.DECODE_MAX_MS,
    requestCpuMs: longestWaitMs(config.REQUEST_DEADLINE_MS),
    maxPhotos: config.MAX_IMAGES,
    workers,
  };
}

function environment() {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
    startedAt: new Date().toISOString(),
    loadAverage: loadavg()[0] ?? 0,
  };
}

const inMegabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

function renderRows(rows: readonly CostRow[]): string {
  const lines = rows.map((row) => {
    const { estimate, measured } = row;
    return [
      `${row.format}, ${row.coding}, ${row.content}`,
      (row.fileBytes / 1000).toFixed(0),
      inMegabytes(measured.memoryBytes),
      inMegabytes(estimate.memoryBytes),
      (estimate.memoryBytes / measured.memoryBytes).toFixed(1),
      measured.cpuMs.toFixed(0),
      estimate.cpuMs.toFixed(0),
      (estimate.cpuMs / measured.cpuMs).toFixed(1),
    ];
  });
  const title = `${rows[0]?.megapixels.toFixed(1) ?? '0'} megapixels`;
  const header = [title, 'kB', 'MB', 'estimate', 'ratio', 'CPU ms', 'estimate', 'ratio'];
  return markdownTable(header, lines, { rightFrom: 1 });
}

function renderLargest(costs: ReturnType<typeof largestByFormat>): string {
  const lines = costs.map((cost) => [
    cost.format,
    cost.coding,
    cost.megapixels.toFixed(0),
    cost.memoryMegabytes.toFixed(0),
    cost.photoSeconds.toFixed(1),
    String(cost.photos),
    cost.requestSeconds.toFixed(1),
    cost.requestsPerSecond.toFixed(2),
  ]);
  const header = ['format', 'coding', 'megapixels', 'MB', 'CPU s', 'photos', 'CPU s', 'requests/s'];
  return markdownTable(header, lines, { rightFrom: 2 });
}
