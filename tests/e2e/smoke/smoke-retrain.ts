import { parseArgs } from 'node:util';
import { messageOf } from '../../../src/common/errors.ts';
import { killedInEachStage } from './retrain/killed.ts';
import { byHand, byRequest, bySchedule } from './retrain/scenes.ts';
import { createRetrainWorkplace, type RetrainWorkplace } from './retrain/workplace.ts';

const usage = `Usage: npx tsx tests/e2e/smoke/smoke-retrain.ts [--data FOLDER] [--scene NAME]
Trains a deliberately weak version, then retrains it while servers are under load: with npm run retrain, with
POST /v1/admin/retrain and with npm run schedule; retrains on shuffled ages, which the gate must refuse; kills a
retraining (kill -9) in each of its stages. Fails if a request fails, a promoted version does not serve, or a visible
version is incomplete.
  --data FOLDER   use 2,140 labeled photos of this folder (labels.csv) instead of drawn faces
  --scene NAME    run only this scene: hand, request, schedule or kill`;

const scenes: Record<string, (workplace: RetrainWorkplace) => Promise<string[]>> = {
  hand: byHand,
  request: byRequest,
  schedule: bySchedule,
  kill: killedInEachStage,
};

async function runScenes(data: string | undefined, names: readonly string[]): Promise<void> {
  const workplace = await createRetrainWorkplace(data);
  try {
    for (const name of names) console.log((await scenes[name]!(workplace)).join('\n'));
  } finally {
    await workplace.remove();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      scene: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const names = values.scene === undefined ? Object.keys(scenes) : [values.scene];
  if (names.some((name) => !Object.hasOwn(scenes, name))) throw new Error(usage);
  await runScenes(values.data, names);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error && error.cause !== undefined ? error : messageOf(error));
  process.exitCode = 1;
});
