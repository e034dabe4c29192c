import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What precedes the 32 bytes of a key in its SubjectPublicKeyInfo (RFC 8410, section 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const RAW_BYTES = 32;

/**
 * Parses an Ed25519 public key: PEM, or base64 of its DER form or of its 32 bytes.
 * @throws Error if it is none
 */
export function parsePublicKey(text: string): KeyObject {
  const key = text.includes('-----BEGIN') ? createPublicKey(text) : keyOfBase64(text);
  return requireEd25519(key);
}

function keyOfBase64(text: string): KeyObject {
  const bytes = Buffer.from(text.trim(), 'base64');
  const der = bytes.length === RAW_BYTES ? Buffer.concat([SPKI_PREFIX, bytes]) : bytes;
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

/** Signs a text and returns the signature as it is stored: base64, with a newline. */
export type Sign = (text: Uint8Array) => Buffer;

/**
 * Reads a private key in PEM, as `openssl genpkey -algorithm ed25519` writes it.
 * @throws Error that names the file
 */
export function readSigner(file: string): Sign {
  let key: KeyObject;
  try {
    key = requireEd25519(createPrivateKey(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(
      `${file} holds no Ed25519 private key in PEM; openssl genpkey -algorithm ed25519 -out ${file} makes one`,
      { cause: error },
    );
  }
  return (bytes) => Buffer.from(`${sign(null, bytes, key).toString('base64')}\n`);
}

/** @param signature as `Sign` returns it */
export function isSignedBy(text: Uint8Array, signature: Uint8Array, key: KeyObject): boolean {
  const bytes = Buffer.from(Buffer.from(signature).toString('latin1').trim(), 'base64');
  return verify(null, text, key, bytes);
}

function requireEd25519(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new Error(`the key is of type ${key.asymmetricKeyType ?? 'unknown'}, not ed25519`);
}
