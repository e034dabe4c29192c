import { z } from 'zod';

/** A share on a command line: `0.1`. */
export const shareSchema = z.string().transform((text, context) => {
  const share = Number(text);
  if (text !== '' && share >= 0 && share <= 1) return share;
  context.addIssue('give a number from 0 to 1');
  return z.NEVER;
});
