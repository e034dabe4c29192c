import { describe, expect, it } from 'vitest';
import {
  CannotTrainError,
  retrainCommand,
} from '../../../src/serving/retraining/retrain-command.ts';

describe('RETRAIN_COMMAND', () => {
  it('is split into words, which quotes of either kind keep together', () => {
    const { file, args } = retrainCommand(`node "my retrain.js" --note 'it is "so"' a"b c"d ''`);
    expect(file).toBe('node');
    expect(args).toEqual(['my retrain.js', '--note', 'it is "so"', 'ab cd', '']);
  });

  it('inherits the environment', () => {
    expect(retrainCommand('node').environment.PATH).toBe(process.env.PATH);
  });

  it('must name a command', () => {
    expect(() => retrainCommand('  ')).toThrow(CannotTrainError);
  });
});

describe('without RETRAIN_COMMAND', () => {
  it("it is this installation's own command, or the reason why that cannot train", () => {
    try {
      const { file, args } = retrainCommand(undefined);
      expect(file).toBe(process.execPath);
      expect(args.at(-1)).toMatch(/scripts[/\\]retrain\.ts$/);
    } catch (error) {
      expect(error).toBeInstanceOf(CannotTrainError);
      expect((error as Error).message).toMatch(/This installation cannot train: .*RETRAIN_COMMAND/);
    }
  });
});
