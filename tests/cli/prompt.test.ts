import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { openPrompt, PromptError } from '../../src/cli/prompt.ts';

function promptWith(typed: string) {
  const input = new PassThrough();
  input.end(typed);
  const shown: string[] = [];
  const prompt = openPrompt(input, {
    write: (text: string | Uint8Array) => shown.push(String(text)) > 0,
  });
  return { prompt, shown };
}

it('takes one line for each question, also if they arrive at once', async () => {
  const { prompt, shown } = promptWith('y\nNo\n\nYES\n');
  for (const answer of [true, false, false, true])
    expect(await prompt.confirm('Remove it?')).toBe(answer);
  expect(shown[0]).toBe('Remove it? [y/N] ');
  prompt.close();
});

it('asks again after an answer that is neither yes nor no', async () => {
  const { prompt, shown } = promptWith('perhaps\ny\n');
  expect(await prompt.confirm('Remove it?')).toBe(true);
  expect(shown).toHaveLength(2);
  prompt.close();
});

it('fails where nobody answers', async () => {
  const { prompt } = promptWith('');
  await expect(prompt.confirm('Remove it?')).rejects.toThrow(PromptError);
  prompt.close();
});
