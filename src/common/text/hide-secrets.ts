/** Shorter values occur in ordinary text. */
const SECRET_MIN_LENGTH = 6;

/**
 * Creates a function that replaces secrets in a text: verbatim, each item of a list, each line, and URL-encoded. It also
 * replaces credentials in URLs, wherever they come from.
 */
export function secretHider(secrets: readonly string[]): (text: string) => string {
  const parts = secrets
    .flatMap((secret) => [secret, ...secret.split(/[,\r\n]/)])
    .map((part) => part.trim())
    .filter((part) => part.length >= SECRET_MIN_LENGTH);
  const forms = [...new Set(parts.flatMap((part) => [part, encodeURIComponent(part)]))];
  // Longest first, because a secret may be part of another one.
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
