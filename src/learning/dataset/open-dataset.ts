import type { PreprocessSpec } from '../../inference/preprocess/spec.ts';
import { openStore, type StoreAddress } from '../../registry/store/open-store.ts';
import { Dataset, type DatasetPhoto } from './dataset.ts';
import { deduplicate, type UnsplitPhoto } from './deduplicate.ts';
import type { FaceFraming } from './face-framing.ts';
import { cacheFolder, fillCache, type FillOptions, type PendingFile } from './fill-cache.ts';
import { isPhotoName, readLabels, withoutLabels, type Labels } from './label-layout.ts';
import type { LabeledFile } from './labeled-file.ts';
import { PhotoCache } from './photo-cache.ts';
import { storedSideOf } from './surroundings.ts';
import { listIdentities } from './shards.ts';
import { chooseSplit, type SplitShares } from './split.ts';
import { checkUnreadable, type UnreadableLimit, type UnreadablePhoto } from './unreadable.ts';

const MAX_LISTED = 20;

/** Summarizes a dataset for a terminal: its location, how many photos it has, and which could not be read. */
export function summarizeDataset({
  location,
  layout,
  counts,
  fingerprint,
  unreadable,
  withoutFace,
}: Pick<
  Dataset,
  'location' | 'layout' | 'counts' | 'fingerprint' | 'unreadable' | 'withoutFace'
>): string {
  const numbers = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  const left = [...unreadable, ...withoutFace.map(({ key }) => ({ key, reason: 'no face' }))];
  const skipped = left.slice(0, MAX_LISTED).map(({ key, reason }) => `skipped ${key}: ${reason}`);
  if (left.length > MAX_LISTED) skipped.push(`skipped ${left.length - MAX_LISTED} more`);
  return [
    `${location}, labeled by ${layout}`,
    `fingerprint ${fingerprint}`,
    numbers.join('  '),
    ...skipped,
  ].join('\n');
}

export interface DatasetOptions extends SplitShares {
  source: StoreAddress;
  spec: PreprocessSpec;
  /** How faces are found and aligned; by default each photo is taken for the framed face. */
  framing?: FaceFraming | undefined;
  /** With framing: uses photos without a face as a whole, instead of leaving them out. */
  keepWithoutFace?: boolean | undefined;
  /** Uses every photo, without labels; any age fits each. */
  unlabeled?: boolean | undefined;
  /** Contains one folder per location, preprocessing spec and framing. */
  cacheRoot: string;
  /** No limit by default. */
  maxUnreadable?: UnreadableLimit | undefined;
  /** Receives the progress of caching the photos that were not in the cache yet. */
  onProgress?: FillOptions['onProgress'];
}

/**
 * Opens a dataset of labeled photos in a folder or under an S3 prefix, and makes sure that the pixels of all its photos
 * are cached. A cached photo stays valid as long as its file's name, size, and ETag or modification time are unchanged;
 * labels are read anew each time.
 * @throws StorageError, LabelsError, CacheError or UnreadablePhotosError
 */
export async function openDataset(options: DatasetOptions): Promise<Dataset> {
  const { source, spec, framing, cacheRoot } = options;
  const store = await openStore(source);
  const identities = await listIdentities(store);
  const labels =
    options.unlabeled === true ? withoutLabels(identities) : await readLabels(store, identities);
  const folder = await cacheFolder(cacheRoot, store.location, spec, framing);
  const storedSide = framing?.surroundings === true ? storedSideOf(spec.width) : spec.width;
  const cache = await PhotoCache.open(folder, (storedSide * storedSide * spec.height) / spec.width);
  const { found, unreadable } = await findPhotos(cache, labels, identities, options);
  checkUnreadable(unreadable, labels.files.length, options.maxUnreadable);
  await cache.removeUnused(found.map(({ row }) => row));
  const { photos: distinct, ...dropped } = deduplicate(found, (row) => cache.hashAt(row));
  const { photos, withoutFace } = separate(assignSplits(distinct, cache, options), options);
  return new Dataset({
    store,
    layout: labels.layout,
    side: spec.width,
    storedSide,
    shards: cache.shards,
    photos,
    withoutFace,
    unreadable,
    counts: {
      photos: labels.files.length,
      unlabelled: labels.unlabeled,
      unreadable: unreadable.length,
      ...dropped,
      ...(framing !== undefined && { noFace: withoutFace.length }),
    },
    hashAt: (row) => cache.hashAt(row),
    otherFiles: otherFilesOf(identities),
  });
}

/** Caches the labeled photos. Returns the cache row of each, or why it could not be read. */
async function findPhotos(
  cache: PhotoCache,
  { files }: Labels,
  identities: ReadonlyMap<string, string>,
  { source, spec, framing, onProgress = () => undefined }: DatasetOptions,
): Promise<{ found: UnsplitPhoto[]; unreadable: UnreadablePhoto[] }> {
  const pending = pendingFiles(cache, files, identities);
  const failedReads = new Map(
    await fillCache(cache, pending, { source, spec, framing, onProgress }),
  );
  const found: UnsplitPhoto[] = [];
  const unreadable: UnreadablePhoto[] = [];
  for (const file of files) {
    const { key } = file;
    const identity = identities.get(key) ?? '';
    const row = cache.rowOf(identity);
    if (row !== undefined) {
      found.push({ ...file, row, face: cache.faceAt(row) });
      continue;
    }
    const reason = cache.undecodable(identity) ?? failedReads.get(key) ?? 'it does not exist';
    unreadable.push({ key, reason });
  }
  return { found, unreadable };
}

/** Leaves out the photos in which no face was found, unless they are to be kept. */
function separate(
  photos: readonly DatasetPhoto[],
  { keepWithoutFace }: Pick<DatasetOptions, 'keepWithoutFace'>,
): Pick<Dataset, 'photos' | 'withoutFace'> {
  if (keepWithoutFace === true) return { photos, withoutFace: [] };
  return {
    photos: photos.filter(({ face }) => face !== null),
    withoutFace: photos.filter(({ face }) => face === null),
  };
}

function pendingFiles(
  cache: PhotoCache,
  files: readonly LabeledFile[],
  identities: ReadonlyMap<string, string>,
): PendingFile[] {
  const pending = new Map<string, PendingFile>();
  for (const { key, knownFace } of files) {
    const identity = identities.get(key);
    const isCached =
      identity === undefined ||
      cache.rowOf(identity) !== undefined ||
      cache.undecodable(identity) !== undefined;
    if (!isCached) pending.set(key, { key, identity, knownFace });
  }
  return [...pending.values()];
}

function otherFilesOf(files: Pick<ReadonlyMap<string, unknown>, 'keys'>): Set<string> {
  const others = new Set<string>();
  for (const key of files.keys()) if (!isPhotoName(key)) others.add(key);
  return others;
}

/** Assigns every photo to a split. The result is sorted, so that training always sees the photos in the same order. */
function assignSplits(
  photos: readonly UnsplitPhoto[],
  cache: PhotoCache,
  shares: SplitShares,
): DatasetPhoto[] {
  return photos
    .map((photo) => ({
      ...photo,
      split: chooseSplit(photo.split, cache.hashAt(photo.row), shares),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
