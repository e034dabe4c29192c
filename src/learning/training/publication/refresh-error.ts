/** The version cannot be refreshed this way; the message says why and what to do. */
export class RefreshError extends Error {
  override readonly name = 'RefreshError';
}
