import { base64 } from './base64.ts';
import { exif } from './exif.ts';
import { form } from './form.ts';
import { jpegHeader } from './jpeg-header.ts';
import type { Target } from './target.ts';
import { tensor } from './tensor.ts';

export const targets: readonly Target[] = [jpegHeader, exif, form, base64, tensor];
export const targetNames = targets.map(({ name }) => name);
