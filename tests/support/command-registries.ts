import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { programOf } from './built-program.ts';
import { createModelFolder, type ModelFolder } from './models/model-folder.ts';
import { writeTinyArtifact } from './models/tiny-artifact.ts';

export const ADMIN_TOKEN = 'a-token-of-16-or-more';

/** How a command ended, and what it wrote to standard output and standard error. */
export interface Ended {
  code: number;
  printed: string;
  text: string;
}

/** Registries for commands that a test runs as a person does. */
export interface CommandRegistries {
  /** Holds versions 1 and 2. */
  readonly source: ModelFolder;
  /** The registry that the commands work on, empty at first. */
  readonly target: string;
  run: (command: string, ...given: string[]) => Promise<Ended>;
  /** The JSON that a command prints; it must succeed. */
  json: (command: string, ...given: string[]) => Promise<Record<string, unknown>>;
  /** The folder of a version of `source`. */
  versionFolder: (version: number) => string;
}

/** Creates registries before each test and removes them after it. */
export function useCommandRegistries(): CommandRegistries {
  let source: ModelFolder;
  let target: string;
  beforeEach(async () => {
    source = await createModelFolder();
    await writeTinyArtifact(source, 1);
    await writeTinyArtifact(source, 2);
    target = await mkdtemp(path.join(tmpdir(), 'registry-'));
  });
  afterEach(async () => {
    await source.remove();
    await rm(target, { recursive: true });
  });
  const run = (command: string, ...given: string[]) => runCommand(target, command, given);
  return {
    get source() {
      return source;
    },
    get target() {
      return target;
    },
    run,
    json: async (command, ...given) => {
      const { code, printed, text } = await run(command, ...given, '--json');
      expect(text).toBe('');
      expect(code).toBe(0);
      return JSON.parse(printed) as Record<string, unknown>;
    },
    versionFolder: (version) => path.join(source.root, 'face-age', String(version)),
  };
}

function runCommand(target: string, command: string, given: readonly string[]): Promise<Ended> {
  const args = [...programOf(`scripts/${command}.ts`), ...given];
  const env = { PATH: process.env.PATH, MODEL_REGISTRY: target, ADMIN_TOKEN };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { env }, (error, printed, text) => {
      resolve({ code: Number(error?.code ?? 0), printed, text });
    });
    child.stdin!.end();
  });
}
