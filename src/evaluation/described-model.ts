import type { Int8Form, Manifest } from '../registry/manifest.ts';

/** What is known of a version apart from its files and golden samples: before it is written, or as a service tells it. */
export type DescribedModel = Omit<Manifest, 'files' | 'golden' | 'int8'> & {
  int8?: Omit<Int8Form, 'golden'> | undefined;
};
