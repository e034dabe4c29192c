import { ServiceError } from '../../../common/errors.ts';
import { MOST_VALUES, type InputTensor } from './protocol-schemas.ts';

/** Copies the data without an array in between, as there may be hundreds of thousands of values. */
export function readLevels(tensor: InputTensor, count: number): Uint8Array {
  if (count > MOST_VALUES) throw malformed(`its shape has over ${MOST_VALUES} pixels`);
  const levels = new Uint8Array(count);
  let length = 0;
  let faults = 0;
  forEachValue(dataOf(tensor), MOST_NESTING, (value) => {
    faults += Number(!(Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255));
    if (length < count) levels[length] = Number(value);
    length += 1;
    return length <= count;
  });
  if (length !== count) throw misshapen(tensor, length, count);
  if (faults > 0) throw malformed('"pixels" are whole numbers from 0 to 255');
  return levels;
}

/** The deepest nesting of a tensor: `pixels` has four dimensions. */
const MOST_NESTING = 4;

/**
 * Flattens the data.
 * @param count the number of values in the shape
 * @throws ServiceError `malformed_request` where the data has another number of values
 */
export function valuesOf(tensor: InputTensor, count: number): unknown[] {
  const values: unknown[] = [];
  forEachValue(dataOf(tensor), MOST_NESTING, (value) => values.push(value) <= count);
  if (values.length !== count) throw misshapen(tensor, values.length, count);
  return values;
}

function dataOf({ name, data }: InputTensor): unknown[] {
  if (data === undefined) throw malformed(`"${name}" has neither data nor binary_data_size`);
  return data;
}

/**
 * Visits the values until `visit` returns false, as there may be millions where the shape says one.
 * @returns whether it has visited all
 */
function forEachValue(
  data: unknown[],
  nesting: number,
  visit: (value: unknown) => boolean,
): boolean {
  for (const value of data) {
    const more =
      nesting > 0 && Array.isArray(value) ? forEachValue(value, nesting - 1, visit) : visit(value);
    if (!more) return false;
  }
  return true;
}

export function misshapen({ name }: InputTensor, length: number, count: number): ServiceError {
  const has = length > count ? `more than ${count}` : length;
  return malformed(`"${name}" has ${has} elements, its shape ${count}`);
}

export function malformed(fault: string): ServiceError {
  return new ServiceError('malformed_request', `The request cannot be used: ${fault}.`);
}
