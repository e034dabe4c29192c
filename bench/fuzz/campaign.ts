import { seededRandom, type Random } from '../../src/common/random.ts';
import { post, type Attack } from './attack.ts';
import { jsonAttacks, requestAttacks } from './body-attacks.ts';
import { formAttacks } from './form-attacks.ts';
import { oddPhotos, plainPhotos, type HostilePhotos } from './hostile-photos.ts';
import { mutate } from './mutate.ts';
import { headerAttacks, smugglingAttacks } from './raw-attacks.ts';

/** Every attack that is not random: each runs once, and then repeatedly among the random ones. */
export async function fixedAttacks(): Promise<Attack[]> {
  const plain = await plainPhotos();
  const photos = [...plain, ...(await oddPhotos())];
  const jpeg = plain.get('jpeg')!;
  return [
    ...photos.map(([name, photo]) => asImage(`photo: ${name}`, photo)),
    ...formAttacks(jpeg),
    ...jsonAttacks(jpeg),
    ...requestAttacks(jpeg),
    ...smugglingAttacks,
    ...headerAttacks,
  ];
}

const asImage = (kind: string, photo: Buffer) =>
  post(kind, photo, { 'Content-Type': 'image/jpeg' });

const SHARE_OF_DAMAGED_PHOTOS = 0.8;

/** The attacks of a campaign: the fixed ones first, then damaged photos mixed with fixed ones. Equal seeds give equal campaigns. */
export async function* campaign(requests: number, seed: number): AsyncGenerator<Attack> {
  const random = seededRandom(seed, 7);
  const fixed = await fixedAttacks();
  const plain = await plainPhotos();
  // Decoding tens of megapixels is slow but allowed; once is enough.
  const again = fixed.filter(({ kind }) => !kind.includes('megapixels'));
  for (let request = 0; request < requests; request++) {
    if (request < fixed.length) yield fixed[request]!;
    else if (random() > SHARE_OF_DAMAGED_PHOTOS) yield pick(again, random);
    else yield damaged(plain, random);
  }
}

function damaged(plain: HostilePhotos, random: Random): Attack {
  const [name, photo] = pick([...plain], random);
  const file = mutate(photo, random);
  const kind = `damaged: ${name}`;
  if (random() < 0.7) return asImage(kind, file);
  const body = JSON.stringify({ images: [file.toString('base64'), photo.toString('base64')] });
  return post(kind, Buffer.from(body), { 'Content-Type': 'application/json' });
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[Math.floor(random() * items.length)]!;
}
