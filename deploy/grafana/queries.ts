/** PromQL expressions that several panels share. */

export const predict = 'job=~"$job", method="POST", route="/v1/predict"';

export const perSecond = (counter: string, by: string, labels = 'job=~"$job"'): string =>
  `sum by (${by}) (rate(${counter}{${labels}}[$__rate_interval]))`;

export const mean = (histogram: string, by = 'job'): string =>
  `sum by (${by}) (rate(${histogram}_sum{job=~"$job"}[$__rate_interval])) / ` +
  `(sum by (${by}) (rate(${histogram}_count{job=~"$job"}[$__rate_interval])) > 0)`;

export const quantile = (
  share: number,
  histogram: string,
  labels = 'job=~"$job"',
  by = 'le',
): string =>
  `histogram_quantile(${share}, sum by (${by}) (rate(${histogram}_bucket{${labels}}[$__rate_interval])))`;
