import { describe, expect, it } from 'vitest';
import { everyReader, faultsOf } from '../../support/config-readers.ts';
import { githubActions } from '../../support/environments/github-actions.ts';
import { kubernetesPod } from '../../support/environments/kubernetes-pod.ts';
import { loginShell } from '../../support/environments/login-shell.ts';

describe.each([
  ['a login shell', loginShell],
  ['a Kubernetes pod', kubernetesPod],
  ['GitHub Actions', githubActions],
])('the environment of %s', (_name, environment) => {
  it.each(everyReader)('never stops %s', (_program, read) => {
    expect(read(environment)).toEqual(read({}));
  });
});

describe('a name that is not a setting', () => {
  it.each([
    ['API_KEY', 'API_KEYS'],
    ['MAX_IMAGE', 'MAX_IMAGES'],
    ['ADMIN_TOKN', 'ADMIN_TOKEN'],
    ['MODEL_REGISTY', 'MODEL_REGISTRY'],
    ['MODEL_REGSITRY', 'MODEL_REGISTRY'],
    ['API_KEY_FILE', 'API_KEYS_FILE'],
    ['GATE_SPLITS', 'GATE_SPLIT'],
    ['RETRAIN_CRON_SCHEDULE', undefined],
    ['FEEDBACK_LOCATION', undefined],
    ['DRIFT_WINDOW', undefined],
    ['CANARY_MAX_ERRORS', undefined],
  ])('%s stops every program with a suggestion', (name, meant) => {
    const ending = meant ?? /; (did you mean|the settings that begin with) /;
    for (const [, read] of everyReader) {
      const faults = faultsOf({ [name]: 'value' }, read);
      expect(faults).toEqual([expect.stringMatching(`^${name} is not a setting; `)]);
      expect(faults[0]).toMatch(ending);
    }
  });

  it.each(['HOME', 'POST', 'PORTS', 'ENGIN', 'LOGNAME', 'DEVICE_ID', 'GATES', 'api_key', 'HOSTS'])(
    '%s is left alone',
    (name) => {
      expect(faultsOf({ [name]: 'value' })).toEqual([]);
    },
  );

  it('is known everywhere where any program reads it', () => {
    const others = { GATE_SET: 'faces', RETRAIN_PUSH_URL: 'http://gateway', FACES_DIR: 'faces' };
    for (const [, read] of everyReader) expect(faultsOf(others, read)).toEqual([]);
  });

  it('is left alone only with the value of a service where Kubernetes might have injected it', () => {
    expect(faultsOf({ FEEDBACK_PORT: 'tcp://10.0.0.1:80' })).toEqual([]);
    expect(faultsOf({ FEEDBACK_PORT: 'review' })).toHaveLength(1);
    expect(faultsOf({ GATE_SERVICE_PORT_HTTP: '80' })).toEqual([]);
    expect(faultsOf({ GATE_SERVICE_PORT_HTTP: 'http' })).toHaveLength(1);
  });

  it('says how to keep Kubernetes from injecting a setting', () => {
    expect(faultsOf({ ADMIN_PORT: 'tcp://10.43.0.7:80' })).toEqual([
      'ADMIN_PORT is "tcp://10.43.0.7:80", which Kubernetes injects for a service of that name; ' +
        'set "enableServiceLinks: false" in the pod\'s specification.',
    ]);
  });
});
