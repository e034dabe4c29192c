import { existsSync } from 'node:fs';
import { readFile, realpath, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskBytes, type Variant } from './pins.ts';
import { type RunCommand, SetupError } from './run-command.ts';

/** What the installation depends on in this machine and its Node. */
export interface Host {
  readonly platform: string;
  readonly architecture: string;
  readonly glibc: boolean;
  /** For example `20.19.0`. */
  readonly nodeVersion: string;
  /** `process.versions.modules`. */
  readonly nodeAbi: string;
  /** The folder with `include/node` of this very Node version; undefined where there is none. */
  readonly nodeHeaders: string | undefined;
  readonly freeBytes: number;
}

/** @param directory whose disk counts; its nearest existing parent is asked. */
export async function inspectHost(directory: string): Promise<Host> {
  return {
    platform: process.platform,
    architecture: process.arch,
    glibc: existsSync('/lib64/ld-linux-x86-64.so.2'),
    nodeVersion: process.versions.node,
    nodeAbi: process.versions.modules,
    nodeHeaders: await findNodeHeaders(),
    freeBytes: await freeBytes(directory),
  };
}

async function findNodeHeaders(): Promise<string | undefined> {
  const prefix = dirname(dirname(await realpath(process.execPath)));
  const header = join(prefix, 'include/node/node_version.h');
  if (!existsSync(header)) return undefined;
  const major = /NODE_MAJOR_VERSION (\d+)/.exec(await readFile(header, 'utf8'))?.[1];
  return major === process.versions.node.split('.')[0] ? prefix : undefined;
}

async function freeBytes(directory: string): Promise<number> {
  let existing = directory;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  return bavail * bsize;
}

/** What is still to be done; what lies in the cache needs nothing of the machine. */
export interface Work {
  readonly download: boolean;
  readonly unpack: boolean;
  readonly build: boolean;
}

interface Tool {
  readonly command: string;
  readonly args: readonly string[];
  readonly neededFor: (work: Work) => boolean;
  readonly fault: string;
}

const tools: readonly Tool[] = [
  {
    command: 'python3',
    args: ['--version'],
    neededFor: (work) => work.unpack || work.build,
    fault: 'python3 is missing: it unpacks the wheel and drives the build (Debian: python3).',
  },
  {
    command: 'python3',
    args: ['-m', 'pip', '--version'],
    neededFor: (work) => work.download,
    fault: 'pip is missing (Debian: python3-pip). A wheel at hand needs none: --wheel FILE.',
  },
  {
    command: 'make',
    args: ['--version'],
    neededFor: (work) => work.build,
    fault: 'make is missing: it builds the addon (Debian: make).',
  },
  {
    command: 'g++',
    args: ['--version'],
    neededFor: (work) => work.build,
    fault: 'The C++ compiler g++ is missing: it builds the addon (Debian: g++).',
  },
];

/**
 * Checks the whole machine before anything is changed.
 * @throws SetupError naming at once everything that is missing.
 */
export async function assertRequirements(
  work: Work,
  variant: Variant,
  host: Host,
  run: RunCommand,
): Promise<void> {
  const faults = hostFaults(work, variant, host);
  const needed = tools.filter((tool) => tool.neededFor(work));
  const results = await Promise.all(needed.map((tool) => run(tool.command, tool.args)));
  faults.push(...needed.filter((_, i) => results[i]?.exitCode !== 0).map((tool) => tool.fault));
  if (faults.length > 0) throw new SetupError(faults);
}

function hostFaults(work: Work, variant: Variant, host: Host): string[] {
  const faults: string[] = [];
  const { platform, architecture, glibc } = host;
  if (platform !== 'linux' || architecture !== 'x64' || !glibc) {
    const libc = platform === 'linux' && !glibc ? ' without glibc' : '';
    faults.push(
      `This machine is ${platform} ${architecture}${libc}; the wheels are for linux x64 with glibc. ` +
        'Try --official, or serve with ENGINE=onnxruntime.',
    );
  }
  const wanted = work.unpack ? diskBytes(variant) : 0;
  if (host.freeBytes < wanted) {
    faults.push(
      `The cache's disk has ${gigabytes(host.freeBytes)} free and ${gigabytes(wanted)} are needed; ` +
        'choose another with --cache DIR.',
    );
  }
  return faults;
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
