import { parseArgs } from 'node:util';
import { messageOf } from '../../../src/common/errors.ts';
import { killedInEachStage } from './retrain/killed.ts';
import { byHand, byRequest, bySchedule } from './retrain/scenes.ts';
import { createRetrainWorkplace, type RetrainWorkplace } from './retrain/workplace.ts';

const usage = `Usage: npx tsx tests/e2e/smoke/smoke-retrain.ts [--data FOLDER] [--scene NAME]
Trains a deliberately weak version, then retrains it beside servers under load: by hand, by POST /v1/admin/retrain and
by npm run schedule; retrains on shuffled ages, which is refused; kills a retraining (kill -9) in each of its stages.
Fails where a request fails, a version does not come to serve, or one that can be seen is not whole.
  --data FOLDER   2,140 labeled photos of it (labels.csv) instead of drawn faces
  --scene NAME    only hand, request, schedule or kill`;

const scenes: Record<string, (place: RetrainWorkplace) => Promise<string[]>> = {
  hand: byHand,
  request: byRequest,
  schedule: bySchedule,
  kill: killedInEachStage,
};

async function play(data: string | undefined, names: readonly string[]): Promise<void> {
  const place = await createRetrainWorkplace(data);
  try {
    for (const name of names) console.log((await scenes[name]!(place)).join('\n'));
  } finally {
    await place.remove();
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
  await play(values.data, names);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error && error.cause !== undefined ? error : messageOf(error));
  process.exitCode = 1;
});
