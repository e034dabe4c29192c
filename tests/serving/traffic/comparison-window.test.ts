import { describe, expect, it } from 'vitest';
import { ComparisonWindow } from '../../../src/serving/traffic/comparison-window.ts';

describe('the window in which two versions are compared', () => {
  it('forgets what is more than a minute old', () => {
    const window = new ComparisonWindow();
    for (let second = 0; second < 100; second += 1) {
      for (let photo = 0; photo < 10; photo += 1) {
        window.addAnswer('canary', 1, 1, second * 1000 + photo);
        window.addAnswer('production', 1, 1, second * 1000 + photo);
      }
    }
    const { canary, production } = window.sum();
    expect([canary.answered, production.answered]).toEqual([600, 600]);
  });

  it('extends further back for both versions if the canary has little traffic', () => {
    const window = new ComparisonWindow();
    for (let minute = 0; minute < 120; minute += 1) {
      window.addAnswer('canary', 1, 1, minute * 60_000);
      window.addAnswer('production', 1, 1, minute * 60_000);
    }
    const { canary, production } = window.sum();
    expect([canary.answered, production.answered]).toEqual([120, 120]);
  });

  it('counts failures and differences with the rest', () => {
    const window = new ComparisonWindow();
    window.addFailure('canary', 0);
    window.addDifference(4, 10);
    window.addDifference(6, 2000);
    const { canary, differences } = window.sum();
    expect(canary).toMatchObject({ failed: 1, answered: 0, photos: 1 });
    expect(differences).toMatchObject({ count: 2, mean: 5 });
    expect(differences.standardError).toBeCloseTo(Math.SQRT1_2);
  });
});
