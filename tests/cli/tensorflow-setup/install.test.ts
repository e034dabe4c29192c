import { existsSync } from 'node:fs';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  installFromWheels,
  type InstallRequest,
} from '../../../src/cli/tensorflow-setup/install.ts';
import { wheelPins } from '../../../src/cli/tensorflow-setup/pins.ts';
import { FakeMachine, linuxHost, wheelBytes, wheelSha256 } from './fake-machine.ts';

let machine: FakeMachine;
let said: string[];

beforeEach(async () => {
  machine = await FakeMachine.create();
  said = [];
});
afterEach(() => rm(machine.directory, { recursive: true, force: true }));

const install = (request: Partial<InstallRequest> = {}, host = linuxHost) =>
  installFromWheels(
    {
      variant: 'cpu',
      cacheDirectory: machine.cacheDirectory,
      packageDirectory: machine.packageDirectory,
      sha256: wheelSha256,
      ...request,
    },
    host,
    machine.run,
    (line) => said.push(line),
  );

const cached = () => readdir(machine.cacheDirectory);

describe('installing TensorFlow from wheels', () => {
  it('fetches, unpacks, links and builds', async () => {
    await install();
    expect(machine.steps).toEqual(['pip', 'unpack', 'build']);
    const lib = join(machine.packageDirectory, 'deps/lib');
    expect(await readFile(join(lib, 'libtensorflow.so'), 'utf8')).toBe('tensorflow_cc');
    expect(await readFile(join(lib, 'libtensorflow_cc.so.2'), 'utf8')).toBe('tensorflow_cc');
    expect(await readFile(join(lib, 'libtensorflow_framework.so.2'), 'utf8')).toBe(
      'tensorflow_framework',
    );
    expect(existsSync(join(lib, '../include/tensorflow/c/c_api.h'))).toBe(true);
    expect(existsSync(machine.installedAddon)).toBe(true);
  });

  it('does nothing the second time', async () => {
    await install();
    machine.steps.length = 0;
    await install();
    expect(machine.steps).toEqual([]);
  });

  it('serves a fresh clone from the cache, without Python or a compiler', async () => {
    await install();
    await rm(join(machine.packageDirectory, 'deps'), { recursive: true });
    await rm(join(machine.packageDirectory, 'lib'), { recursive: true });
    machine.steps.length = 0;
    for (const tool of ['python3', 'make', 'g++']) machine.missing.add(tool);
    await install();
    expect(machine.steps).toEqual([]);
    expect(await readFile(machine.installedAddon, 'utf8')).toBe('addon');
    expect(existsSync(join(machine.packageDirectory, 'deps/lib/libtensorflow.so'))).toBe(true);
  });

  it('replaces links and an addon that another installation left', async () => {
    await install();
    await machine.write(join(machine.packageDirectory, 'deps/lib/libtensorflow.so.2.9.1'), 'old');
    await machine.write(machine.installedAddon, 'old');
    await install();
    expect(existsSync(join(machine.packageDirectory, 'deps/lib/libtensorflow.so.2.9.1'))).toBe(
      false,
    );
    expect(await readFile(machine.installedAddon, 'utf8')).toBe('addon');
  });

  it('builds the addon again for another Node ABI', async () => {
    await install();
    await install({}, { ...linuxHost, nodeAbi: '127' });
    expect(machine.steps).toEqual(['pip', 'unpack', 'build', 'build']);
  });

  it('takes a wheel at hand without pip', async () => {
    const wheel = await machine.write(join(machine.directory, 'given.whl'), wheelBytes);
    machine.missing.add('python3 -m pip');
    await install({ wheel });
    expect(machine.steps).toEqual(['unpack', 'build']);
    expect(existsSync(wheel)).toBe(true);
  });

  it('refuses a wheel with another checksum than the pinned one', async () => {
    const wheel = await machine.write(join(machine.directory, 'given.whl'), wheelBytes);
    const [pin] = wheelPins('cpu');
    const { cacheDirectory, packageDirectory } = machine;
    const request = { variant: 'cpu', cacheDirectory, packageDirectory, wheel } as const;
    await expect(
      installFromWheels(request, linuxHost, machine.run, () => undefined),
    ).rejects.toThrow(`has checksum ${wheelSha256}, expected ${pin!.sha256!}`);
    expect(machine.steps).toEqual([]);
    expect(await cached()).toEqual([]);
  });

  it('names a wheel that is not there', async () => {
    await expect(install({ wheel: join(machine.directory, 'none.whl') })).rejects.toThrow(
      /none\.whl cannot be read/,
    );
  });

  it('links the CUDA libraries and says which wheels have no pinned checksum', async () => {
    await install({ variant: 'gpu', sha256: wheelSha256 });
    expect(existsSync(join(machine.packageDirectory, 'deps/lib/libcudnn.so.9'))).toBe(true);
    const unpinned = said.filter((line) => line.includes('no checksum is pinned'));
    expect(unpinned).toHaveLength(wheelPins('gpu').length - 1);
  });

  it.each(['pip', 'unpack'] as const)('leaves no half a library when %s fails', async (step) => {
    machine.failing.set(step, 'boom');
    await expect(install()).rejects.toThrow(/boom/);
    expect(await cached()).toEqual([]);
    machine.failing.clear();
    await install();
    expect(existsSync(machine.installedAddon)).toBe(true);
  });

  it('keeps the library and no addon when the build fails', async () => {
    machine.failing.set('build', 'error: boom');
    await expect(install()).rejects.toThrow(/The addon was not built\.\n.*error: boom/);
    machine.failing.clear();
    machine.steps.length = 0;
    await install();
    expect(machine.steps).toEqual(['build']);
  });
});

describe('what the machine lacks', () => {
  it.each([
    ['python3', /python3 is missing/],
    ['python3 -m pip', /pip is missing/],
    ['make', /make is missing/],
    ['g++', /compiler g\+\+ is missing/],
  ])('%s is named before anything is changed', async (tool, fault) => {
    machine.missing.add(tool);
    await expect(install()).rejects.toThrow(fault);
    expect(machine.steps).toEqual([]);
    expect(existsSync(machine.cacheDirectory)).toBe(false);
  });

  it('is named all at once', async () => {
    for (const tool of ['python3', 'make', 'g++']) machine.missing.add(tool);
    const error = await install({}, { ...linuxHost, freeBytes: 1e9 }).catch((e: unknown) => e);
    expect(error).toHaveProperty('faults.length', 5);
  });

  it('is the platform, where no wheel fits it', async () => {
    await expect(install({}, { ...linuxHost, architecture: 'arm64' })).rejects.toThrow(
      /linux arm64; the wheels are for linux x64 with glibc/,
    );
    await expect(install({}, { ...linuxHost, glibc: false })).rejects.toThrow(/without glibc/);
  });

  it('is room on the disk', async () => {
    await expect(install({}, { ...linuxHost, freeBytes: 0.5e9 })).rejects.toThrow(
      /0\.5 GB free and 1\.3 GB are needed/,
    );
  });

  it.each([
    ['NewConnectionError: refused', /no index that answered offers it/],
    ['ERROR: No matching distribution found', /the index does not offer it/],
    ['OSError: No space left on device', /the disk is full/],
    ['Traceback', /pip failed/],
  ])('is an index: %s', async (output, fault) => {
    machine.failing.set('pip', output);
    await expect(install()).rejects.toThrow(fault);
  });

  it("is Node's headers, where they cannot be downloaded either", async () => {
    machine.failing.set('build', 'getaddrinfo ENOTFOUND');
    await expect(install({}, { ...linuxHost, nodeHeaders: undefined })).rejects.toThrow(
      /has no headers beside it/,
    );
  });
});
