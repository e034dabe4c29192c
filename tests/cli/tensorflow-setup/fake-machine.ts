import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Host } from '../../../src/cli/tensorflow-setup/requirements.ts';
import type { CommandResult, RunCommand } from '../../../src/cli/tensorflow-setup/run-command.ts';

export const wheelBytes = Buffer.from('a wheel');
export const wheelSha256 = createHash('sha256').update(wheelBytes).digest('hex');

export const linuxHost: Host = {
  platform: 'linux',
  architecture: 'x64',
  glibc: true,
  nodeVersion: '20.19.0',
  nodeAbi: '115',
  nodeHeaders: '/usr',
  freeBytes: 100e9,
};

type Step = 'pip' | 'unpack' | 'build';

/** A machine with every tool, whose steps leave the files that the real ones leave. */
export class FakeMachine {
  readonly directory: string;
  readonly packageDirectory: string;
  readonly cacheDirectory: string;
  readonly steps: Step[] = [];
  /** Commands that do not exist, as `command` or `command argument…`. */
  readonly missing = new Set<string>();
  /** Steps that fail, with what they print. */
  readonly failing = new Map<Step, string>();

  private constructor(directory: string) {
    this.directory = directory;
    this.packageDirectory = join(directory, 'node_modules/@tensorflow/tfjs-node-gpu');
    this.cacheDirectory = join(directory, 'cache');
  }

  static async create(): Promise<FakeMachine> {
    const machine = new FakeMachine(await mkdtemp(join(tmpdir(), 'tensorflow-setup-')));
    await machine.write(
      join(machine.packageDirectory, 'package.json'),
      JSON.stringify({ binary: { napi_versions: [3, 8] } }),
    );
    await machine.write(
      join(machine.directory, 'node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp'),
      '',
    );
    return machine;
  }

  get installedAddon(): string {
    return join(this.packageDirectory, 'lib/napi-v8/tfjs_binding.node');
  }

  async write(path: string, content: string | Buffer): Promise<string> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  }

  readonly run: RunCommand = async (command, args) => {
    const line = [command, ...args].join(' ');
    if ([...this.missing].some((start) => line.startsWith(start))) {
      return { exitCode: 127, output: '' };
    }
    if (args.includes('download')) {
      const wheel = join(args[args.indexOf('--dest') + 1]!, 'tensorflow.whl');
      return this.step('pip', () => this.write(wheel, wheelBytes));
    }
    if (args[0] === '-c') return this.step('unpack', () => this.unpack(args[3]!));
    if (args.includes('--build-from-source')) {
      return this.step('build', () => this.write(this.installedAddon, 'addon'));
    }
    return { exitCode: 0, output: '' };
  };

  private async unpack(directory: string): Promise<void> {
    for (const name of ['tensorflow_cc', 'tensorflow_framework']) {
      await this.write(join(directory, `tensorflow/lib${name}.so.2`), name);
    }
    await this.write(join(directory, 'tensorflow/include/tensorflow/c/c_api.h'), '');
    await this.write(join(directory, 'nvidia/cudnn/lib/libcudnn.so.9'), '');
  }

  private async step(step: Step, succeed: () => Promise<unknown>): Promise<CommandResult> {
    this.steps.push(step);
    const failure = this.failing.get(step);
    if (failure !== undefined) return { exitCode: 1, output: failure };
    await succeed();
    return { exitCode: 0, output: '' };
  }
}
