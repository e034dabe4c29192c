import { expect } from 'vitest';
import { RegistryError, type RegistryWriter } from '../../src/registry/registry.ts';

export const MODEL = 'face-age';

/** A store that a test can look into, and write to as anybody would. */
export interface TestStore {
  readonly registry: RegistryWriter;
  /** The same store as another process has it. */
  openAnother(): RegistryWriter;
  /** By its path under the model's folder or prefix. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** The paths of all that is there, sorted. */
  list(): Promise<string[]>;
  remove(): Promise<void>;
}

/** Holds a refusal against the reason it must give. */
export async function expectError(answer: Promise<unknown>, reason: RegExp): Promise<void> {
  const error = await answer.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RegistryError);
  expect((error as RegistryError).message).toMatch(reason);
}
