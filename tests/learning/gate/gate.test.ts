import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createGateWorkplace,
  drawGateSet,
  useGateWorkplace,
} from '../../support/models/gate-workplace.ts';
import { utkFraming } from '../../../src/registry/framing.ts';
import { grayJpeg } from '../../support/gray-photo.ts';
import { alwaysAbout, decadesHead, writeTinyArtifact } from '../../support/models/tiny-artifact.ts';

const at = useGateWorkplace();

describe('runGate', { timeout: 60_000 }, () => {
  it('promotes a better challenger and stores the result in the registry', async () => {
    await at.writeVersions(70, 45);
    const result = await at.gate();
    expect(result).toMatchObject({
      champion: 1,
      challenger: 2,
      outcome: 'promote',
      promoted: true,
      forced: null,
      set: { name: path.basename(at.set.faces), split: 'val', photos: 100, unreadable: 0 },
      method: { engine: 'onnxruntime' },
    });
    expect(result.reasons[0]).toMatch(/^MAE 29\.\d\d years → 22\.\d\d years, 7\.\d\d years better/);
    expect(result.figures.challenger!.worstGroup).toMatchObject({ name: 'ages 0-9' });
    expect(await at.stored(result.id)).toEqual(result);
    expect(await at.production()).toMatchObject({
      version: 2,
      previous: 1,
      by: 'tests',
      reason: `gate ${result.id}: ${result.reasons[0]!}`,
    });
  });

  it('refuses a worse challenger and gives the reason', async () => {
    await at.writeVersions(45, 70);
    const result = await at.gate();
    expect(result).toMatchObject({ outcome: 'refuse', promoted: false });
    expect(result.reasons[0]).toMatch(/^MAE .* worse .*tolerances\.mae allows 0\.05 years/);
    expect(await at.stored(result.id)).toEqual(result);
    expect(await at.production()).toMatchObject({ version: 1 });
  });

  it('refuses a challenger with a better MAE that classifies minors as adults', async () => {
    await at.writeVersions(10, 45);
    const { outcome, reasons, comparisons } = await at.gate();
    expect(comparisons[0]).toMatchObject({ figure: 'mae', verdict: 'better' });
    expect(outcome).toBe('refuse');
    expect(reasons).toEqual([
      expect.stringMatching(/^minors taken for adults 0\.0 % .* → 100\.0 %/),
    ]);
  });

  it('refuses a challenger that finds no face in photos that the champion answers', async () => {
    const walls = await drawGateSet();
    for (let level = 0; level < 5; level++)
      await writeFile(path.join(walls.faces, `val/${level}.jpg`), await grayJpeg(100 + 10 * level));
    const workplace = await createGateWorkplace(walls);
    await workplace.writeVersions(70, 45);
    const manifest = await workplace.registry.readManifest('face-age', 2);
    const aligned = JSON.stringify({ ...manifest, framing: utkFraming });
    await workplace.models.write('2/manifest.json', aligned);
    const { outcome, reasons, set: evaluated } = await workplace.gate();
    expect(outcome).toBe('refuse');
    expect(reasons).toContain(
      'photos without an answer because no face was found 0 → 5 of 100, 5.0 % more; unansweredTolerance allows 1.0 %',
    );
    expect(evaluated).toMatchObject({
      photos: 95,
      unreadable: 0,
      unanswered: { of: 100, champion: 0, challenger: 5 },
    });
    await workplace.models.remove();
    await walls.remove();
  });

  it('holds back an identical challenger', async () => {
    await at.writeVersions(45, 45);
    const result = await at.gate();
    expect(result).toMatchObject({ outcome: 'hold', promoted: false });
    expect(result.comparisons[0]).toMatchObject({ loss: 0, verdict: 'equal' });
    expect(await at.production()).toMatchObject({ version: 1 });
    expect(await at.registry.listGates('face-age')).toEqual([result.id]);
  });

  it('holds back the version that the alias points to, without measuring it', async () => {
    await at.writeVersions(70, 45);
    await at.models.writeAlias('production', 2);
    expect(await at.gate()).toMatchObject({
      outcome: 'hold',
      reasons: ['production already points to version 2'],
      figures: { challenger: null },
    });
  });

  it('promotes the first version of an alias if it meets the bars', async () => {
    await writeTinyArtifact(at.models, 2, undefined, alwaysAbout(45));
    const refused = await at.gate({}, { bars: { mae: 5 } });
    expect(refused).toMatchObject({ champion: null, outcome: 'refuse' });
    expect(await at.production()).toBeUndefined();
    const { outcome, figures, reasons } = await at.gate({}, { bars: { mae: 50 } });
    expect({ outcome, champion: figures.champion }).toEqual({ outcome: 'promote', champion: null });
    expect(reasons[0]).toMatch(/points to no version/);
    expect(await at.production()).toMatchObject({ version: 2, previous: null });
  });

  it('refuses a challenger that cannot be loaded, and one that does not distinguish years', async () => {
    await at.writeVersions(70, 45);
    await at.models.write('2/model.onnx', 'torn');
    const corrupt = await at.gate();
    expect(corrupt).toMatchObject({ outcome: 'refuse', figures: { challenger: null } });
    expect(corrupt.reasons[0]).toMatch(/^version 2 cannot be served: model\.onnx has 4 bytes/);
    await writeTinyArtifact(at.models, 3, decadesHead, alwaysAbout(4));
    const decades = await at.gate({ challenger: 3 });
    expect(decades.outcome).toBe('refuse');
    expect(decades.reasons.join()).toMatch(/cannot distinguish adults from minors/);
  });
});
