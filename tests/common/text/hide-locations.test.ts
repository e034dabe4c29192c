import { expect, it } from 'vitest';
import { hideLocations } from '../../../src/common/text/hide-locations.ts';

it.each([
  ['s3://models/prod does not answer', '(location) does not answer'],
  [
    "ENOENT: no such file or directory, open '/srv/my models/1/manifest.json'",
    'ENOENT: no such file or directory, open (location)',
  ],
  ['/srv/models/aliases/production.json cannot be read', '(location) cannot be read'],
  ['it is not below ~/.cache/face-age.', 'it is not below (location)'],
  ['(http://10.0.0.3:9000/models)', '((location))'],
  ['connect ECONNREFUSED 10.0.0.3:9000', 'connect ECONNREFUSED (location)'],
  ['getaddrinfo ENOTFOUND store.internal', 'getaddrinfo ENOTFOUND (location)'],
  ['network.onnx has 3 bytes and/or 4', 'network.onnx has 3 bytes and/or 4'],
])('hides what is in "%s"', (text, shown) => expect(hideLocations(text)).toBe(shown));
