import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('hides secrets in errors of libraries', async () => {
  const script = `
    import { createLogger } from './src/common/logger.ts';
    import { secretHider } from './src/common/text/hide-secrets.ts';
    const logger = createLogger('info', secretHider(['hunter2-and-more']));
    const err = Object.assign(new Error('at https://a:b@host/?token=c'), { sent: { key: 'hunter2-and-more' } });
    logger.error({ err }, 'with hunter2-and-more');`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(JSON.parse(stdout)).toMatchObject({ msg: 'with ***', err: { sent: { key: '***' } } });
  expect(stdout).not.toContain('a:b@');
});
