import type { Panel, Row } from './panel.ts';

const COLUMNS = 3;
const WIDTH = 24 / COLUMNS;
const HEIGHT = 7;
const datasource = { type: 'prometheus', uid: '${datasource}' } as const;

/** Builds the dashboard for import and provisioning (schema 39: Grafana 10.4 and later). */
export function dashboardOf(rows: readonly Row[]) {
  return {
    uid: 'face-age',
    title: 'face-age',
    tags: ['face-age'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [datasourceVariable, jobVariable] },
    panels: positionPanels(rows),
  };
}

const datasourceVariable = {
  name: 'datasource',
  type: 'datasource',
  query: 'prometheus',
  label: 'Prometheus',
};

const jobVariable = {
  name: 'job',
  type: 'query',
  label: 'Job',
  datasource,
  query: 'label_values(face_age_queue_capacity_images, job)',
  includeAll: true,
  multi: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
  refresh: 2,
};

function positionPanels(rows: readonly Row[]) {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: own } of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: 24, h: 1 },
      panels: [],
    });
    for (const [index, panel] of own.entries()) {
      const x = (index % COLUMNS) * WIDTH;
      const row = Math.floor(index / COLUMNS);
      const gridPos = { x, y: y + 1 + row * HEIGHT, w: WIDTH, h: HEIGHT };
      panels.push({ id: panels.length + 1, ...panelOf(panel), gridPos });
    }
    y += 1 + Math.ceil(own.length / COLUMNS) * HEIGHT;
  }
  return panels;
}

function panelOf({ kind, title, description = '', unit, queries }: Panel) {
  return {
    type: kind,
    title,
    description,
    datasource,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options:
      kind === 'stat' ? { textMode: 'value_and_name', reduceOptions: lastValue } : timeOptions,
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      expr,
      legendFormat: legend,
    })),
  };
}

const lastValue = { calcs: ['lastNotNull'], fields: '', values: false };
const timeOptions = {
  legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
  tooltip: { mode: 'multi', sort: 'desc' },
};
