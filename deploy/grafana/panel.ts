export interface Query {
  /** PromQL; Grafana fills in `$job` and `$__rate_interval`. */
  expr: string;
  /** Grafana template of the series names. */
  legend: string;
}

export interface Panel {
  title: string;
  /** Help for the operator on call. */
  description?: string;
  kind: 'timeseries' | 'stat';
  /** The unit by its Grafana name. */
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
