import { overlap, type Box } from '../../../inference/faces/geometry.ts';

/** A face counts as false if no known face overlaps it by this much (intersection over union). */
const FALSE_OVERLAP = 0.1;

/** How many known faces were found, and how many found ones are none. */
export interface FaceFigures {
  pictures: number;
  faces: number;
  largeFaces: number;
  /** Shares of the faces that were found. */
  recall: number;
  recallLarge: number;
  falseFacesPerPhoto: number;
}

/** Which known faces count as found, and which are counted by themselves. */
export interface FaceRule {
  isFound(known: Box, found: Box): boolean;
  isLarge(known: Box): boolean;
}

/** Counts found, missed and false faces over pictures. */
export class FaceCounts {
  readonly #rule: FaceRule;
  #pictures = 0;
  #faces = 0;
  #large = 0;
  #found = 0;
  #foundLarge = 0;
  #false = 0;
  #complete = 0;

  constructor(rule: FaceRule) {
    this.#rule = rule;
  }

  /** Pictures in which every known face was found, and nothing else. */
  get complete(): number {
    return this.#complete;
  }

  add(known: readonly Box[], found: readonly Box[]): void {
    let missed = 0;
    for (const face of known) {
      const isFound = found.some((box) => this.#rule.isFound(face, box));
      const isLarge = this.#rule.isLarge(face);
      this.#faces += 1;
      this.#found += Number(isFound);
      this.#large += Number(isLarge);
      this.#foundLarge += Number(isLarge && isFound);
      missed += Number(!isFound);
    }
    const falseFaces = found.filter((box) => !known.some((face) => touches(face, box))).length;
    this.#false += falseFaces;
    this.#pictures += 1;
    this.#complete += Number(missed === 0 && found.length === known.length);
  }

  get figures(): FaceFigures {
    return {
      pictures: this.#pictures,
      faces: this.#faces,
      largeFaces: this.#large,
      recall: this.#found / this.#faces,
      recallLarge: this.#foundLarge / this.#large,
      falseFacesPerPhoto: this.#false / this.#pictures,
    };
  }
}

/** Whether the center of a box lies within 0.3 of the square's side of the square's center. */
export function isCenteredIn(square: Box, box: Box): boolean {
  const x = box.x + box.width / 2 - (square.x + square.width / 2);
  const y = box.y + box.height / 2 - (square.y + square.height / 2);
  return Math.hypot(x, y) <= 0.3 * square.width;
}

function touches(known: Box, found: Box): boolean {
  return overlap(known, found) >= FALSE_OVERLAP;
}
