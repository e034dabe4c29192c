import { ServiceError } from '../../common/errors.ts';

const LENGTH_BYTES = 4;

/**
 * The elements of a BYTES tensor, each behind its length in 4 bytes, little-endian. It stops at the first one beyond `most`:
 * an empty element has 4 bytes, but takes some hundred once it is a buffer.
 * @throws ServiceError `malformed_request`
 */
export function splitByteElements(tensor: Buffer, most: number): Buffer[] {
  const elements: Buffer[] = [];
  for (let at = 0; at < tensor.length && elements.length <= most;) {
    const start = at + LENGTH_BYTES;
    const end = start <= tensor.length ? start + tensor.readUInt32LE(at) : Infinity;
    if (end > tensor.length) {
      throw new ServiceError('malformed_request', 'A BYTES element ends beyond its tensor.');
    }
    elements.push(tensor.subarray(start, end));
    at = end;
  }
  return elements;
}

export function joinByteElements(elements: readonly string[]): Buffer {
  return Buffer.concat(
    elements.flatMap((element) => {
      const bytes = Buffer.from(element);
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
}
