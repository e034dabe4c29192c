import { Command } from 'commander';
import { expect, it } from 'vitest';
import {
  framingGiven,
  framingOptions,
  framingText,
  type FramingOptions,
} from '../../src/cli/framing-option.ts';
import { utkFraming } from '../../src/registry/framing.ts';

function parse(...args: string[]) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  for (const each of framingOptions) command.addOption(each);
  return framingGiven(command.parse(args, { from: 'user' }).opts<FramingOptions>());
}

it('gives a version the frame of UTKFace, or another one, or none', () => {
  expect(parse()).toBeUndefined();
  expect(parse('--framing', 'as-sent')).toEqual({ kind: 'as-sent' });
  expect(parse('--framing', 'aligned')).toEqual(utkFraming);
  const points = ['--frame-points', '0.3,0.31,0.7,0.32,0.5,0.7'];
  expect(parse('--framing', 'aligned', ...points)).toMatchObject({
    detector: utkFraming.detector,
    points: {
      leftEye: { x: 0.3, y: 0.31 },
      rightEye: { x: 0.7, y: 0.32 },
      mouth: { x: 0.5, y: 0.7 },
    },
  });
});

it.each([
  '0.3,0.3,0.7,0.3,0.5',
  '0.3,0.3,0.7,0.3,0.5,0.7,0',
  '0.3,0.3,0.7,0.3,0.5,1.7',
  '0.3,,0.7,0.3,0.5,0.7',
  'eyes',
])('refuses the points %s', (points) => {
  expect(() => parse('--framing', 'aligned', '--frame-points', points)).toThrow(/six numbers/);
});

it('refuses an unknown framing', () => {
  expect(() => parse('--framing', 'cropped')).toThrow(/aligned, as-sent/);
});

it('says what has changed, with the figures where both were measured', () => {
  const asSent = { kind: 'as-sent' } as const;
  expect(framingText({ before: asSent, after: asSent })).toBe('');
  expect(framingText({ before: asSent, after: utkFraming })).toMatch(
    /^framing as-sent → aligned\n$/,
  );
  const figures = { photos: 60, answered: 59, mae: 5 };
  const measured = {
    before: { framing: asSent, ...figures },
    after: { framing: utkFraming, ...figures, mae: 4 },
  };
  expect(framingText({ before: asSent, after: utkFraming, measured })).toBe(
    'framing as-sent → aligned; as-sent: MAE 5.000 years over 59 of 60 whole photos; ' +
      'aligned: MAE 4.000 years over 59 of 60 whole photos\n',
  );
});
