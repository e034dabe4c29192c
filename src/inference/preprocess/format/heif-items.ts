import type { Size } from '../spec.ts';
import { BoxReader, boxOf, boxesOf, type Box } from './iso-boxes.ts';
import { DamagedHeaderError } from './damaged-header.ts';

/** An item of an image file (ISO/IEC 23008-12): a coded picture, or one that is assembled from others. */
export interface HeifItem {
  type: string;
  properties: readonly Box[];
  /** The items that it is assembled from, as often as each is used. */
  parts: readonly number[];
  /** Its coded data, where the file holds it. */
  data: Buffer;
}

export interface HeifItems {
  primary: number;
  items: ReadonlyMap<number, HeifItem>;
  /** Items that belong to another as its alpha or depth; by the other's number. */
  auxiliaries: ReadonlyMap<number, readonly number[]>;
}

/** A grid has at most 256 × 256 tiles by the standard; photos of phones have up to some hundred. */
const MAX_ENTRIES = 4096;

interface References {
  parts: Map<number, number[]>;
  auxiliaries: Map<number, number[]>;
}

/** @throws DamagedHeaderError or RangeError */
export function readHeifItems(file: Buffer): HeifItems {
  const meta = boxOf(boxesOf(file), 'meta');
  if (meta === undefined) throw new DamagedHeaderError('its meta box is missing');
  const boxes = boxesOf(meta.subarray(4));
  const need = (type: string): Buffer => {
    const data = boxOf(boxes, type);
    if (data === undefined) throw new DamagedHeaderError(`its ${type} box is missing`);
    return data;
  };
  const references = readReferences(boxOf(boxes, 'iref'));
  const properties = readProperties(need('iprp'));
  const data = readLocations(need('iloc'), file, boxOf(boxes, 'idat') ?? Buffer.alloc(0));
  const items = new Map<number, HeifItem>();
  for (const [id, type] of readTypes(need('iinf'))) {
    items.set(id, {
      type,
      properties: properties.get(id) ?? [],
      parts: references.parts.get(id) ?? [],
      data: data.get(id) ?? Buffer.alloc(0),
    });
  }
  return { primary: readPrimary(need('pitm')), items, auxiliaries: references.auxiliaries };
}

function readPrimary(bytes: Buffer): number {
  const reader = new BoxReader(bytes);
  return reader.uint(reader.versionAndFlags().version === 0 ? 2 : 4);
}

/** The item information box: numbers and types. */
function* readTypes(bytes: Buffer): Generator<[id: number, type: string]> {
  const head = new BoxReader(bytes);
  const headBytes = head.versionAndFlags().version === 0 ? 6 : 8;
  for (const { type, data } of boxesOf(bytes.subarray(headBytes))) {
    if (type !== 'infe') continue;
    const reader = new BoxReader(data);
    const idBytes = reader.versionAndFlags().version < 3 ? 2 : 4;
    const id = reader.uint(idBytes);
    const at = 4 + idBytes + 2;
    yield [id, data.toString('latin1', at, at + 4)];
  }
}

/** The item reference box: `dimg` names the parts of an item, `auxl` the item that an auxiliary one belongs to. */
function readReferences(bytes: Buffer | undefined): References {
  const found: References = { parts: new Map(), auxiliaries: new Map() };
  if (bytes === undefined) return found;
  const idBytes = new BoxReader(bytes).versionAndFlags().version === 0 ? 2 : 4;
  let total = 0;
  for (const { type, data } of boxesOf(bytes.subarray(4))) {
    const reader = new BoxReader(data);
    const from = reader.uint(idBytes);
    const count = reader.uint(2);
    total += count;
    if (total > MAX_ENTRIES) throw new DamagedHeaderError('it has too many tiles');
    for (let index = 0; index < count; index += 1) {
      const to = reader.uint(idBytes);
      if (type === 'dimg') append(found.parts, from, to);
      if (type === 'auxl') append(found.auxiliaries, to, from);
    }
  }
  return found;
}

function append<Item>(lists: Map<number, Item[]>, key: number, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

/** The item properties box: which properties belong to which item. */
function readProperties(bytes: Buffer): Map<number, Box[]> {
  const boxes = boxesOf(bytes);
  const all = boxesOf(boxOf(boxes, 'ipco') ?? Buffer.alloc(0));
  const found = new Map<number, Box[]>();
  let total = 0;
  for (const { type, data } of boxes) {
    if (type !== 'ipma') continue;
    const reader = new BoxReader(data);
    const { version, flags } = reader.versionAndFlags();
    const [idBytes, indexBytes] = [version === 0 ? 2 : 4, (flags & 1) === 0 ? 1 : 2];
    for (let entries = reader.uint(4); entries > 0; entries -= 1) {
      const id = reader.uint(idBytes);
      const count = reader.uint(1);
      total += 1 + count;
      if (total > MAX_ENTRIES * 8) throw new DamagedHeaderError('it has too many properties');
      for (let index = 0; index < count; index += 1) {
        // The highest bit says whether the property is essential.
        const number = reader.uint(indexBytes) & (indexBytes === 1 ? 0x7f : 0x7fff);
        const property = all[number - 1];
        if (property !== undefined) append(found, id, property);
      }
    }
  }
  return found;
}

/** The item location box: the coded data of each item, put together from its extents. */
function readLocations(bytes: Buffer, file: Buffer, itemData: Buffer): Map<number, Buffer> {
  const reader = new BoxReader(bytes);
  const { version } = reader.versionAndFlags();
  const [offsetBytes, lengthBytes] = nibbles(reader.uint(1));
  const [baseBytes, indexBytes] = nibbles(reader.uint(1));
  const found = new Map<number, Buffer>();
  let total = 0;
  for (let items = reader.uint(version < 2 ? 2 : 4); items > 0; items -= 1) {
    const id = reader.uint(version < 2 ? 2 : 4);
    const method = version === 0 ? 0 : reader.uint(2) & 0xf;
    reader.skip(2);
    const base = reader.uint(baseBytes);
    const source = method === 1 ? itemData : file;
    const extents: Buffer[] = [];
    for (let count = reader.uint(2); count > 0; count -= 1) {
      if (version > 0) reader.skip(indexBytes);
      const from = base + reader.uint(offsetBytes);
      const length = reader.uint(lengthBytes);
      const extent = source.subarray(from, length === 0 ? source.length : from + length);
      extents.push(extent);
      total += 1 + extent.length;
      if (total > 2 * file.length) throw new DamagedHeaderError('its items overlap');
    }
    found.set(id, extents.length === 1 ? extents[0]! : Buffer.concat(extents));
  }
  return found;
}

function nibbles(byte: number): [high: number, low: number] {
  return [byte >> 4, byte & 0xf];
}

export function itemOf({ items }: HeifItems, id: number): HeifItem {
  const item = items.get(id);
  if (item === undefined) throw new DamagedHeaderError('an item is missing');
  return item;
}

/** The size in the box of the spatial extents. */
export function statedSize(item: HeifItem): Size {
  const extents = boxOf(item.properties, 'ispe');
  if (extents === undefined) throw new DamagedHeaderError('an item has no size');
  const reader = new BoxReader(extents);
  reader.skip(4);
  return { width: reader.uint(4), height: reader.uint(4) };
}

/** The decoder turns the picture itself. */
export function turned({ width, height }: Size, item: HeifItem): Size {
  const quarters = (boxOf(item.properties, 'irot')?.at(0) ?? 0) & 3;
  return quarters % 2 === 1 ? { width: height, height: width } : { width, height };
}
