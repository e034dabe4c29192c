import { diskBytes, type Variant } from './pins.ts';
import type { Host } from './host.ts';
import type { RunCommand } from './run-command.ts';
import { SetupError } from './setup-error.ts';

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
