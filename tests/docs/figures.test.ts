import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../src/registry/manifest.ts';

/**
 * A figure has one source: what a version says of itself in its manifest, or docs/speed.md for measurements. These
 * tests hold the pages that repeat one to its source.
 */
const pageOf = (file: string) => readFileSync(file, 'utf8').replaceAll(/\s+/g, ' ');
const manifestOf = (version: number) =>
  parseManifest(readFileSync(`models/face-age/${version}/manifest.json`, 'utf8'));
const { metrics, int8 } = manifestOf(5);
const read = (name: string, figures: Readonly<Record<string, number>> = metrics): number => {
  const value = figures[name];
  if (value === undefined) throw new Error(`The manifest has no figure ${name}.`);
  return value;
};
const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** The row of docs/precision.md for one form of the network. */
function precisionRow(form: string, figures: Readonly<Record<string, number>>): string {
  const shares = ['bucketAccuracy', 'withinOneBucket', 'ece', 'intervalCoverage'];
  return [
    `| ${form}`,
    read('mae', figures).toFixed(2),
    signed(read('bias', figures)),
    ...shares.map((name) => read(name, figures).toFixed(3)),
  ].join(' | ');
}

describe('figures', () => {
  it('of both precisions are those of the manifest', () => {
    const page = pageOf('docs/precision.md');
    expect(page).toContain(precisionRow('fp32', metrics));
    expect(page).toContain(precisionRow('int8', int8!.metrics));
    expect(page).toContain(`MAE +${int8!.maeCost.toFixed(3)} years`);
    expect(page).toContain(`an ECE of up to ${read('calibratedEce95').toFixed(3)}`);
  });

  it('of calibration are those of the manifest', () => {
    const page = pageOf('docs/probabilities.md');
    const photos = read('count').toLocaleString('en-US');
    expect(page).toContain(`is ${read('ece').toFixed(3)} on ${photos} validation photos`);
    expect(page).toContain(`have up to ${read('calibratedEce95').toFixed(3)} by chance`);
  });

  it('of the model in the README are those of the manifest and the model card', () => {
    const page = pageOf('README.md');
    const photos = read('count').toLocaleString('en-US');
    expect(page).toContain(`A face is found in all ${photos} validation photos`);
    expect(page).toContain(`The mean error is ${read('mae').toFixed(2)} years`);
    expect(page).toContain(`the interval covers ${percent(read('intervalCoverage'))}`);
    expect(page).toContain(`${percent(read('cs5'))} of the answers are within five years`);
    const [, minors] = /\| 0 \| (\S+ %) /.exec(pageOf('models/face-age/5/MODEL_CARD.md'))!;
    expect(page).toContain(`${minors} of the minors among the validation photos`);
  });

  it('of versions 3 to 5 in the experiments are those of the manifest', () => {
    const page = pageOf('models/face-age/EXPERIMENTS.md');
    const fourth = manifestOf(4);
    const shares = ['bucketAccuracy', 'withinOneBucket', 'ece', 'intervalCoverage'];
    const rowOf = (figures: Readonly<Record<string, number>>) =>
      [
        read('mae', figures).toFixed(2),
        ...shares.map((name) => read(name, figures).toFixed(3)),
      ].join(' | ');
    expect(page).toContain(rowOf(fourth.metrics));
    expect(page).toContain(`| ${read('mae', fourth.int8!.metrics).toFixed(3)} |`);
    expect(page).toContain(rowOf(metrics));
  });

  it('of versions 2 and 3 in the guides are those of the experiments, as the versions do not ship any more', () => {
    const experiments = pageOf('models/face-age/EXPERIMENTS.md');
    const [second, third] = [2, 3].map((version) =>
      new RegExp(
        `\\| version ${version}: [^|]+ \\| ([\\d.]+) \\| ([\\d.]+) \\| [\\d.]+ \\| ([\\d.]+) \\|`,
      )
        .exec(experiments)!
        .slice(1),
    );
    const [mae, accuracy, ece] = [0, 1, 2].map((at) => [second![at]!, third![at]!]);
    const gate = pageOf('docs/retraining.md');
    expect(gate).toContain(`MAE ${mae![0]} years ${mae![1]} years`);
    expect(gate).toContain(`decade accuracy ${accuracy!.join(' ')}`);
    expect(gate).toContain(`ECE ${ece!.join(' ')}`);
    expect(pageOf('docs/decisions.md')).toContain(`${mae![1]} instead of ${mae![0]}`);
  });

  it('of speed that other pages repeat are those of docs/speed.md', () => {
    const speed = pageOf('docs/speed.md');
    const [, ours, peer, p99] =
      /both in 8 bits \| (\d+) \([^|]+\| [^|]+\| (\d+) \([^|]+\|[^|]+\| ([\d.]+) ×/.exec(speed)!;
    const readme = pageOf('README.md');
    expect(readme).toContain(`| ${ours} | not measured | not measured | ${peer} |`);
    expect(readme).toContain(`p99 latency is ${p99} times as high`);
  });

  it('of capacity in the runbook are those of docs/speed.md', () => {
    const speed = pageOf('docs/speed.md');
    const [, int8Cpu, fp32Cpu] = /server in all \| ([\d.]+) \| ([\d.]+) \|/.exec(speed)!;
    const [, memory] = /the process holds (\d+ MB)/.exec(speed)!;
    const runbook = pageOf('deploy/README.md');
    const [short8, short32] = [Number(int8Cpu).toFixed(2), Number(fp32Cpu).toFixed(1)];
    expect(runbook).toContain(`${short8} ms in 8 bits, ${short32} in 32`);
    expect(runbook).toContain(`× ${short8} ms (${short32} without VNNI)`);
    expect(runbook).toContain(`| ${memory} after`);
  });
});
