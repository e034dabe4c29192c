import type { BitWriter } from './bits.ts';

/** `rangeTabLps` of H.265, table 9-46, for the four quarters of the range, by state. */
const RANGES_OF_LPS = [
  '80b0d0f0 80a7c5e3 809ebbd8 7b96b2cd 748ea9c3 6f87a0b9 698098af 647a90a6 5f74899e 5a6e8296',
  '55687b8e 51637587 4d5e6f80 4959697a 45556474 42505f6e 3e4c5a68 3b485663 3845515e 35414d59',
  '333e4955 303b4550 2e38424c 2b353f48 29323b45 27303841 252d363e 232b333b 21293038 20272e35',
  '1e252b32 1d232930 1b21272d 1a1f252b 181e2329 171c2127 161b2025 151a1e23 14181d21 13171b1f',
  '12161a1e 1115191c 1014171b 0f131619 0e121518 0e111417 0d101316 0c0f1215 0c0e1114 0b0e1013',
  '0b0d0f12 0a0c0f11 0a0c0e10 090b0d0f 090b0c0e 080a0c0e 08090b0d 07090b0c 07090a0c 07080a0b',
  '0608090b 0607090a 06070809',
].flatMap((row) => row.split(' ').map((quarters) => Buffer.from(quarters, 'hex')));

/** The state in which `part_mode` begins in an I slice at a quantization of 26: probability state 0, most probable value 1. */
const FIRST_STATE = 0;
const LAST_STATE = RANGES_OF_LPS.length - 1;

/** The arithmetic encoder of H.265 §9.3.5, as far as a picture of raw samples needs it. */
export class CabacWriter {
  readonly #bits: BitWriter;
  #low = 0;
  #range = 510;
  #isFirst = true;
  #outstanding = 0;
  #state = FIRST_STATE;

  constructor(bits: BitWriter) {
    this.#bits = bits;
  }

  /** Begins again, as after raw samples; what it has learned of the context stays. */
  begin(): void {
    this.#low = 0;
    this.#range = 510;
    this.#isFirst = true;
    this.#outstanding = 0;
  }

  /** The more probable value in the only context. */
  likely(): void {
    this.#range -= RANGES_OF_LPS[this.#state]![(this.#range >> 6) & 3]!;
    this.#state = Math.min(LAST_STATE, this.#state + 1);
    this.#renormalize();
  }

  /** A value that may end the arithmetic code; a one does. */
  terminate(value: 0 | 1): void {
    this.#range -= 2;
    if (value === 0) {
      this.#renormalize();
      return;
    }
    this.#low += this.#range;
    this.#range = 2;
    this.#renormalize();
    this.#put((this.#low >> 9) & 1);
    this.#bits.u(((this.#low >> 7) & 3) | 1, 2);
  }

  #renormalize(): void {
    while (this.#range < 256) {
      if (this.#low < 256) this.#put(0);
      else if (this.#low >= 512) {
        this.#low -= 512;
        this.#put(1);
      } else {
        this.#low -= 256;
        this.#outstanding += 1;
      }
      this.#range <<= 1;
      this.#low <<= 1;
    }
  }

  #put(bit: number): void {
    if (this.#isFirst) this.#isFirst = false;
    else this.#bits.u(bit, 1);
    for (; this.#outstanding > 0; this.#outstanding -= 1) this.#bits.u(1 - bit, 1);
  }
}
