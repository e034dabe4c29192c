import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RetrainRunMetrics } from '../../../src/common/metrics/retrain-run-metrics.ts';

const metrics = () =>
  new RetrainRunMetrics({
    model: 'face-age',
    totals: {
      promote: { runs: 3, lastAt: '2026-11-25T12:00:00.000Z' },
      refuse: { runs: 1, lastAt: '2026-11-24T12:00:00.000Z' },
    },
    seconds: { fetch: 1.5, train: 600 },
    versions: {
      champion: { version: 3, mae: 4.71 },
      challenger: { version: 4, mae: null },
    },
  });

describe('the metrics of a run', () => {
  it('describe all runs and the last one', async () => {
    const lines = (await metrics().text()).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'face_age_retrain_runs_total{result="promote",model="face-age"} 3',
        'face_age_retrain_last_run_timestamp_seconds{result="refuse",model="face-age"} 1795521600',
        'face_age_retrain_stage_duration_seconds{stage="train",model="face-age"} 600',
        'face_age_retrain_version{role="challenger",model="face-age"} 4',
        'face_age_retrain_absolute_error_years{role="champion",model="face-age"} 4.71',
      ]),
    );
    expect(lines.join('\n')).not.toContain('error_years{role="challenger"');
  });

  describe('pushed', () => {
    let server: Server;
    const requests: { method: string; url: string; body: string }[] = [];
    let status: number;
    beforeEach(async () => {
      requests.length = 0;
      server = createServer((request, response) => {
        let body = '';
        request.setEncoding('utf8').on('data', (text: string) => (body += text));
        request.on('end', () => {
          requests.push({ method: request.method!, url: request.url!, body });
          response.writeHead(status).end('the reason');
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    afterEach(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`;

    it('replace the group of their model', async () => {
      status = 200;
      await metrics().push(url());
      expect(requests).toMatchObject([
        { method: 'PUT', url: '/base/metrics/job/face_age_retrain/model/face-age' },
      ]);
      expect(requests[0]!.body).toBe(await metrics().text());
    });

    it('report why they were rejected', async () => {
      status = 400;
      await expect(metrics().push(url())).rejects.toThrow(/400.*the reason/);
    });
  });
});
