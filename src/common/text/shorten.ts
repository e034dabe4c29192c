/** The text, or its beginning and an ellipsis where it is longer than `max` characters. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const isPair = /[\uD800-\uDBFF]/.test(text[max - 2]!);
  return `${text.slice(0, isPair ? max - 2 : max - 1)}…`;
}
