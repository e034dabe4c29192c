import { messageOf } from '../../src/common/errors.ts';

/** A version that does not answer, where a photo is not at fault. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  readonly version: number;

  /** @param what it does not answer: `for a.jpg` */
  constructor(version: number, what: string, cause: unknown) {
    super(`version ${version} does not answer ${what}: ${messageOf(cause)}`, { cause });
    this.version = version;
  }
}
