import { createHmac, randomBytes } from 'node:crypto';
import type { ImageFormat } from '../../inference/preprocess/format/image-format.ts';

/** Number of hexadecimal digits of a record's name: 128 bits, which rules out collisions. */
const NAME_DIGITS = 32;
const SECRET_BYTES = 16;

export const RECORDS = 'records/';
export const PHOTOS = 'photos/';

const RECORD_KEY = /^records\/([0-9a-f]{32})\.json$/;
const PHOTO_KEY = /^photos\/(\d{4}-\d{2}-\d{2})\/([0-9a-f]{32})-[0-9a-f]{16}\.[a-z]+$/;
const ID = /^([0-9a-f]{32})-[0-9a-f]{32}$/;

/**
 * The name of a record. One submitter has one record of each face of a photo. Submitters that cannot be distinguished get a
 * new record each time. Nobody else can compute the name from the photo, so neither an answer nor its duration reveals who
 * has submitted what. (Up to 0.1 the name was the start of the photo's hash.)
 * @param sha256 of the photo as sent
 * @param submitter a secret that identifies the submitter; undefined for an anonymous one
 * @param place the submitter's records of this photo are numbered from 0, as boxes of a face are not always equal
 */
export function recordNameOf(sha256: string, submitter: Uint8Array | undefined, place = 0): string {
  const secret = submitter ?? randomBytes(SECRET_BYTES);
  const hmac = createHmac('sha256', secret).update(sha256);
  if (place > 0) hmac.update(` ${place}`);
  return hmac.digest('hex').slice(0, NAME_DIGITS);
}

/** Creates an id of the record's name and a secret, so that nobody who has only the name can guess it. */
export function newFeedbackId(name: string): string {
  return `${name}-${randomBytes(SECRET_BYTES).toString('hex')}`;
}

/** The record's name in an id; undefined if the text is not an id. */
export function nameOfId(id: string): string | undefined {
  return ID.exec(id)?.[1];
}

export function recordKeyOf(name: string): string {
  return `${RECORDS}${name}.json`;
}

/** The name in a record's key; undefined for any other key. */
export function nameOfRecordKey(key: string): string | undefined {
  return RECORD_KEY.exec(key)?.[1];
}

export function isRecordKey(key: string): boolean {
  return RECORD_KEY.test(key);
}

/** The parts of the key of a photo's file. */
export interface PhotoKey {
  key: string;
  /** The day on which it was written (UTC), such as `2026-01-31`. */
  day: string;
  /** The name of its record. */
  name: string;
}

const extensions: Record<ImageFormat, string> = {
  jpeg: 'jpg',
  png: 'png',
  webp: 'webp',
  gif: 'gif',
  tiff: 'tiff',
  avif: 'avif',
  heic: 'heic',
};

/**
 * Creates a unique key, even if the same photo is submitted twice at the same time, so that each writer can safely remove
 * its own file.
 */
export function newPhotoKey(name: string, format: ImageFormat, at: Date): string {
  const day = at.toISOString().slice(0, 10);
  return `${PHOTOS}${day}/${name}-${randomBytes(8).toString('hex')}.${extensions[format]}`;
}

/** Parses a photo's key; undefined for any other key. */
export function parsePhotoKey(key: string): PhotoKey | undefined {
  const [, day, name] = PHOTO_KEY.exec(key) ?? [];
  return day === undefined || name === undefined ? undefined : { key, day, name };
}
