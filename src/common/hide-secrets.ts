/** Shorter values are too common to be told from other text. */
const SECRET_MIN_LENGTH = 6;

/**
 * Replaces the secrets wherever they stand, as they are, as part of a list, by line or encoded for a URL; and
 * credentials within URLs, whoever set them.
 */
export function secretHider(secrets: readonly string[]): (text: string) => string {
  const parts = secrets
    .flatMap((secret) => [secret, ...secret.split(/[,\r\n]/)])
    .map((part) => part.trim())
    .filter((part) => part.length >= SECRET_MIN_LENGTH);
  const forms = [...new Set(parts.flatMap((part) => [part, encodeURIComponent(part)]))];
  // Longest first: a secret may be a part of another one.
  forms.sort((a, b) => b.length - a.length);
  return (text) => forms.reduce((shown, form) => shown.replaceAll(form, '***'), hideInUrls(text));
}

function hideInUrls(text: string): string {
  return text
    .replace(/(\w:\/\/)[^\s/@:]*:[^\s/@]+@/g, '$1***@')
    .replace(
      /([?&](?:X-Amz-(?:Signature|Credential|Security-Token)|token|key)=)[^\s&]+/gi,
      '$1***',
    );
}
