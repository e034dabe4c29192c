import { randomBytes } from 'node:crypto';
import type { ImageFormat } from '../inference/preprocess/image-format.ts';

/** Hexadecimal digits of a photo's SHA-256 in names: 128 bits, in which no two photos meet. */
const NAME_DIGITS = 32;
const SECRET_BYTES = 16;

export const RECORDS = 'records/';
export const PHOTOS = 'photos/';

const RECORD_KEY = /^records\/([0-9a-f]{32})\.json$/;
const PHOTO_KEY = /^photos\/(\d{4}-\d{2}-\d{2})\/([0-9a-f]{32})-[0-9a-f]{16}\.[a-z]+$/;
const ID = /^([0-9a-f]{32})-[0-9a-f]{32}$/;

/** The name of a photo's record: by its content, so that one photo has one record whoever writes it. */
export function nameOfContent(sha256: string): string {
  return sha256.slice(0, NAME_DIGITS);
}

/** The record's name and a secret, so that it is found by its id and by nobody who has only the photo. */
export function newFeedbackId(name: string): string {
  return `${name}-${randomBytes(SECRET_BYTES).toString('hex')}`;
}

/** The record that an id is of; undefined where it is no id. */
export function nameOfId(id: string): string | undefined {
  return ID.exec(id)?.[1];
}

export function recordKeyOf(name: string): string {
  return `${RECORDS}${name}.json`;
}

/** The name in a record's key; undefined where it is another key. */
export function nameOfRecordKey(key: string): string | undefined {
  return RECORD_KEY.exec(key)?.[1];
}

export function isRecordKey(key: string): boolean {
  return RECORD_KEY.test(key);
}

/** A photo's file as its key tells of it. */
export interface PhotoKey {
  key: string;
  /** When it was written, UTC: `2026-01-31`. */
  day: string;
  /** Of its record. */
  name: string;
}

const extensions: Record<ImageFormat, string> = {
  jpeg: 'jpg',
  png: 'png',
  webp: 'webp',
  gif: 'gif',
  tiff: 'tiff',
  avif: 'avif',
};

/**
 * A key that no other photo has, not even the same photo told of at the same time: whoever wrote a file may remove it
 * without asking whose it is.
 */
export function newPhotoKey(name: string, format: ImageFormat, at: Date): string {
  const day = at.toISOString().slice(0, 10);
  return `${PHOTOS}${day}/${name}-${randomBytes(8).toString('hex')}.${extensions[format]}`;
}

/** Undefined where it is no photo's key. */
export function parsePhotoKey(key: string): PhotoKey | undefined {
  const [, day, name] = PHOTO_KEY.exec(key) ?? [];
  return day === undefined || name === undefined ? undefined : { key, day, name };
}
