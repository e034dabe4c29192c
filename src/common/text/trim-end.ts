/**
 * The text without the run of a character at its end. The run is counted from the end: a regular expression for a run at
 * the end takes time quadratic in the length of a run elsewhere.
 */
export function trimEndOf(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end -= 1;
  return text.slice(0, end);
}

/** As trimEndOf, at the beginning. */
export function trimStartOf(text: string, character: string): string {
  let start = 0;
  while (text[start] === character) start += 1;
  return text.slice(start);
}
