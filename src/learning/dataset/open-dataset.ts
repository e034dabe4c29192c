import type { PreprocessSpec } from '../../inference/preprocess/spec.ts';
import { openStore, type StoreAddress } from '../../registry/store/open-store.ts';
import type { DatasetPhoto } from './dataset-photo.ts';
import { Dataset } from './dataset.ts';
import { cacheFolder, fillCache, type FillOptions, type PendingFile } from './fill-cache.ts';
import { isPhotoName, readLabelsOf, type Labels } from './label-layout.ts';
import type { LabelledFile } from './labelled-file.ts';
import { mergeCopies, type UnsplitPhoto } from './merge-copies.ts';
import { PhotoCache } from './photo-cache.ts';
import { listIdentities } from './shards.ts';
import { chooseSplit, type SplitShares } from './split.ts';
import { checkUnreadable, type UnreadableLimit, type UnreadablePhoto } from './unreadable.ts';

const SHOWN = 20;

/** What a command prints of a data set: where it is, what became of its photos, which could not be read. */
export function describeSummary({
  location,
  layout,
  counts,
  fingerprint,
  unreadable,
}: Pick<Dataset, 'location' | 'layout' | 'counts' | 'fingerprint' | 'unreadable'>): string {
  const numbers = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  const skipped = unreadable.slice(0, SHOWN).map(({ key, reason }) => `skipped ${key}: ${reason}`);
  if (unreadable.length > SHOWN) skipped.push(`skipped ${unreadable.length - SHOWN} more`);
  return [
    `${location}, labelled by ${layout}`,
    `fingerprint ${fingerprint}`,
    numbers.join('  '),
    ...skipped,
  ].join('\n');
}

export interface DatasetOptions extends SplitShares {
  source: StoreAddress;
  spec: PreprocessSpec;
  /** Holds a folder for each location and preprocessing. */
  cacheRoot: string;
  /** None by default. */
  maxUnreadable?: UnreadableLimit | undefined;
  /** Told how many of the photos that are not in the cache yet are done. */
  onProgress?: FillOptions['onProgress'];
}

/**
 * Opens a labelled set of photos in a folder or an S3 prefix, with the pixels of all its photos in the cache. What was
 * cached before is trusted as long as a file's name, size and ETag are the same; labels are read anew each time.
 * @throws StorageError, LabelsError, CacheError or UnreadablePhotosError
 */
export async function openDataset(options: DatasetOptions): Promise<Dataset> {
  const { source, spec, cacheRoot } = options;
  const store = await openStore(source);
  const identities = await listIdentities(store);
  const labels = await readLabelsOf(store, identities);
  const folder = await cacheFolder(cacheRoot, store.location, spec);
  const cache = await PhotoCache.open(folder, spec.width * spec.height);
  const { found, unreadable } = await findPhotos(cache, labels, identities, options);
  checkUnreadable(unreadable, labels.files.length, options.maxUnreadable);
  await cache.removeUnused(found.map(({ place }) => place));
  const { photos, ...left } = mergeCopies(found, (place) => cache.hashAt(place));
  return new Dataset({
    store,
    layout: labels.layout,
    side: spec.width,
    shards: cache.shards,
    photos: inSplits(photos, cache, options),
    unreadable,
    counts: {
      photos: labels.files.length,
      unlabelled: labels.unlabelled,
      unreadable: unreadable.length,
      ...left,
    },
    hashAt: (place) => cache.hashAt(place),
    otherFiles: otherFilesOf(identities),
  });
}

/** Brings the labelled photos into the cache, and says where each is or why it is not. */
async function findPhotos(
  cache: PhotoCache,
  { files }: Labels,
  identities: ReadonlyMap<string, string>,
  { source, spec, onProgress = () => undefined }: DatasetOptions,
): Promise<{ found: UnsplitPhoto[]; unreadable: UnreadablePhoto[] }> {
  const pending = pendingFiles(cache, files, identities);
  const missed = new Map(await fillCache(cache, pending, { source, spec, onProgress }));
  const found: UnsplitPhoto[] = [];
  const unreadable: UnreadablePhoto[] = [];
  for (const file of files) {
    const { key } = file;
    const identity = identities.get(key) ?? '';
    const place = cache.placeOf(identity);
    if (place !== undefined) {
      found.push({ ...file, place });
      continue;
    }
    const reason = cache.undecodable(identity) ?? missed.get(key) ?? 'it does not exist';
    unreadable.push({ key, reason });
  }
  return { found, unreadable };
}

function pendingFiles(
  cache: PhotoCache,
  files: readonly LabelledFile[],
  identities: ReadonlyMap<string, string>,
): PendingFile[] {
  const pending = new Map<string, string>();
  for (const { key } of files) {
    const identity = identities.get(key);
    const known =
      identity === undefined ||
      cache.placeOf(identity) !== undefined ||
      cache.undecodable(identity) !== undefined;
    if (!known) pending.set(key, identity);
  }
  return [...pending].map(([key, identity]) => ({ key, identity }));
}

function otherFilesOf(files: Pick<ReadonlyMap<string, unknown>, 'keys'>): Set<string> {
  const others = new Set<string>();
  for (const key of files.keys()) if (!isPhotoName(key)) others.add(key);
  return others;
}

/** Sorted, so that training takes the photos in the same order each time. */
function inSplits(
  photos: readonly UnsplitPhoto[],
  cache: PhotoCache,
  shares: SplitShares,
): DatasetPhoto[] {
  return photos
    .map((photo) => ({
      ...photo,
      split: chooseSplit(photo.split, cache.hashAt(photo.place), shares),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
