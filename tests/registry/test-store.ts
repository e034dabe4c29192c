import { expect } from 'vitest';
import { RegistryError, type RegistryWriter } from '../../src/registry/registry.ts';

export const MODEL = 'face-age';

/** A store that a test can inspect, and write to like any other client. */
export interface TestStore {
  readonly registry: RegistryWriter;
  /** The same store as another process opens it. */
  openAnother(): RegistryWriter;
  /** Writes a file by its path under the model's folder or prefix. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Writes a file by its path under the folder or prefix of the registry. */
  put(path: string, content: string | Uint8Array): Promise<void>;
  /** The paths of all files, sorted. */
  list(): Promise<string[]>;
  remove(): Promise<void>;
}

/** Expects a rejection with this reason. */
export async function expectError(answer: Promise<unknown>, reason: RegExp): Promise<void> {
  const error = await answer.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RegistryError);
  expect((error as RegistryError).message).toMatch(reason);
}
