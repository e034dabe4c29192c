/** A GIF of so many frames of 32×32 pixels (GIF89a specification), 40 bytes a frame. */
export function manyFrames(frames: number): Buffer {
  const screen = Buffer.from([...u16(32), ...u16(32), 0x80, 0, 0]);
  const black = [0, 0, 0];
  const white = [255, 255, 255];
  const head = Buffer.concat([Buffer.from('GIF89a'), screen, Buffer.from([...black, ...white])]);
  const control = [0x21, 0xf9, 4, 0, 1, 0, 0, 0];
  const descriptor = [0x2c, ...u16(0), ...u16(0), ...u16(1), ...u16(1), 0];
  // One pixel: clear, 0, end in codes of 3 bits.
  const pixel = [2, 2, 0x44, 0x01, 0];
  const frame = Buffer.from([...control, ...descriptor, ...pixel]);
  const all = Array.from({ length: frames }, () => frame);
  return Buffer.concat([head, ...all, Buffer.of(0x3b)]);
}

function u16(value: number): [number, number] {
  return [value & 0xff, value >> 8];
}
