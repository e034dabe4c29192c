export interface Query {
  /** PromQL; `$job` and `$__rate_interval` are Grafana's to fill in. */
  expr: string;
  /** Grafana's template of the series' names. */
  legend: string;
}

export interface Panel {
  title: string;
  /** For those who look at it at night. */
  description?: string;
  kind: 'timeseries' | 'stat';
  /** Grafana's name of the unit. */
  unit: string;
  queries: readonly Query[];
}

export interface Row {
  title: string;
  panels: readonly Panel[];
}

type Queries = readonly (readonly [expr: string, legend: string])[];

export function timeseries(title: string, unit: string, queries: Queries, description?: string) {
  return panel('timeseries', title, unit, queries, description);
}

export function stat(title: string, unit: string, queries: Queries, description?: string) {
  return panel('stat', title, unit, queries, description);
}

function panel(
  kind: Panel['kind'],
  title: string,
  unit: string,
  queries: Queries,
  description?: string,
): Panel {
  return {
    ...{ kind, title, unit },
    queries: queries.map(([expr, legend]) => ({ expr, legend })),
    ...(description !== undefined && { description }),
  };
}
