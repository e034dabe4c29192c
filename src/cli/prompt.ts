import { createInterface } from 'node:readline';

/** Asks the person at the terminal. */
export interface Prompt {
  /**
   * Asks until the answer is yes or no; an empty answer is no.
   * @throws PromptError where nobody answers
   */
  confirm(question: string): Promise<boolean>;
  close(): void;
}

/** There is nobody to ask. */
export class PromptError extends Error {
  override readonly name = 'PromptError';
}

/** A prompt that writes to standard error, so that the output stays clean, and reads lines from standard input. */
export function openPrompt(
  input: NodeJS.ReadableStream = process.stdin,
  output: Pick<NodeJS.WritableStream, 'write'> = process.stderr,
): Prompt {
  // One reader for all questions: several answers may arrive at once from a pipe.
  const reader = createInterface({ input });
  const lines = reader[Symbol.asyncIterator]();
  return {
    confirm: async (question) => {
      for (;;) {
        output.write(`${question} [y/N] `);
        const line: IteratorResult<string, unknown> = await lines.next();
        if (line.done === true)
          throw new PromptError('Nobody answered: give --yes where there is no terminal.');
        const answer = line.value.trim();
        if (/^(?:n|no)?$/i.test(answer)) return false;
        if (/^(?:y|yes)$/i.test(answer)) return true;
      }
    },
    close: () => reader.close(),
  };
}
