/**
 * The child process that decodes photos, one at a time. It opens no file and no connection; it ends with its parent, and
 * whenever the parent kills it.
 */
import { setPriority } from 'node:os';
import { toServiceError } from '../../../common/errors.ts';
import { decodePhoto } from '../../preprocess/preprocess.ts';
import { reencodePhoto } from '../../preprocess/reencode.ts';
import type { DecodeReply, DecodeTask, ReencodeTask } from './decode-protocol.ts';

/** Serving goes before decoding. */
const NICE = 10;

function lowerPriority(): void {
  try {
    setPriority(NICE);
  } catch {
    // Where this is not permitted, the priority stays as it is.
  }
}

function send(reply: DecodeReply): void {
  process.send?.(reply);
}

async function answer(task: DecodeTask | ReencodeTask): Promise<DecodeReply> {
  const { file, limits } = task;
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  try {
    if ('reencode' in task)
      return { kind: 'reencoded', reencoded: await reencodePhoto(bytes, task.reencode, limits) };
    return { kind: 'decoded', decoded: await decodePhoto(bytes, task.spec, limits, task.crop) };
  } catch (error) {
    const { code, message } = toServiceError(error);
    return { kind: 'refused', code, detail: message };
  }
}

// Its threads inherit the priority, so it is lowered before any is started.
lowerPriority();
// The signal that a terminal sends to all processes: the parent finishes its requests and then closes this one.
process.on('SIGINT', () => undefined);
// Not `process.exit`, which would wait for native work.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (task: DecodeTask | ReencodeTask) => void answer(task).then(send));
send({ kind: 'ready' });
