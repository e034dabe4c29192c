import type { StallLimit } from './stall-guard.ts';

/** What differs between S3 servers; region and credentials are found by the SDK's own chain. */
export interface S3Options {
  /** Bucket in the path instead of the host name, as most servers other than AWS want it. */
  forcePathStyle: boolean;
  /** `when_required` for servers that do not know the newer checksum headers. */
  checksumMode: 'when_required' | 'when_supported';
  /** `http://host:port`; found by the SDK (`AWS_ENDPOINT_URL_S3`) by default. */
  endpoint?: string;
  patience?: Partial<S3Patience>;
}

/** How long a store is waited for. */
export interface S3Patience {
  /** For a small request, all attempts together: a page of a listing, a pointer, a manifest. */
  smallMs: number;
  /** For an object read into memory. */
  readMs: number;
  /** For a download or an upload. */
  stall: StallLimit;
}

export const defaultPatience: S3Patience = {
  smallMs: 10_000,
  readMs: 120_000,
  stall: { windowMs: 20_000, minBytes: 10_000 },
};
