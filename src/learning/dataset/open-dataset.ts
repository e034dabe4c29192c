import type { PreprocessSpec } from '../../inference/preprocess/spec.ts';
import { openStore, type StoreAddress } from '../../registry/store/open-store.ts';
import { Dataset, type DatasetPhoto } from './dataset.ts';
import { deduplicate, type UnsplitPhoto } from './deduplicate.ts';
import type { FaceFraming } from './face-framing.ts';
import { cacheFolder, fillCache, type FillOptions, type PendingFile } from './fill-cache.ts';
import type { LabeledFile } from './labeled-file.ts';
import { isPhotoName } from './labels/file-kinds.ts';
import { readLabels, withoutLabels, type Labels } from './labels/label-layout.ts';
import { NearestFile } from './labels/nearest-file.ts';
import { PhotoCache } from './photo-cache.ts';
import { storedSideOf } from './surroundings.ts';
import { listIdentities } from './shards.ts';
import { chooseSplit, type SplitShares } from './split.ts';
import { checkUnreadable, type UnreadableLimit, type UnreadablePhoto } from './unreadable.ts';

export interface DatasetOptions extends SplitShares {
  source: StoreAddress;
  spec: PreprocessSpec;
  /** How faces are found and aligned; by default each photo is taken for the framed face. */
  framing?: FaceFraming | undefined;
  /** With framing: uses photos without a face as a whole, instead of leaving them out. */
  keepWithoutFace?: boolean | undefined;
  /** Columns that hold groups; `sex`, `gender`, `ethnicity` and `race` by default. */
  groups?: readonly string[] | undefined;
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
    options.unlabeled === true
      ? withoutLabels(identities)
      : await readLabels(store, identities, options.groups);
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
      ...leftOutCounts(labels),
    },
    findings: labels.findings,
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
  const nearest = new NearestFile(identities, new Set(files.map(({ key }) => key)));
  for (const file of files) {
    const { key } = file;
    const identity = identities.get(key) ?? '';
    const row = cache.rowOf(identity);
    if (row !== undefined) {
      found.push({ ...file, row, face: cache.faceAt(row) });
      continue;
    }
    const reason = cache.undecodable(identity) ?? failedReads.get(key);
    unreadable.push({ key, reason: reason ?? nearest.reason(key) });
  }
  return { found, unreadable };
}

/** Files that are no part of the data set are counted only if there are some. */
function leftOutCounts({ findings }: Labels): Record<string, number> {
  const sum = (counts: ReadonlyMap<string, number>) =>
    [...counts.values()].reduce((total, count) => total + count, 0);
  const [hidden, otherFormats] = [sum(findings.hidden), sum(findings.unreadFormats)];
  return { ...(hidden > 0 && { hidden }), ...(otherFormats > 0 && { otherFormats }) };
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
