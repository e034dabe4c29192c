import { NOT_AVAILABLE, percent, share, whole } from '../format.ts';
import { namedGroups } from '../groups.ts';
import type { MetricsFile } from '../metrics-file.ts';
import type { MeasuredRanges, RangeFigures } from '../ranges/range-figures-schema.ts';
import { labelGroupTexts } from '../ranges/ranges-text.ts';
import { confusionPlot } from './error-plots.ts';
import { cell, eceCell, tile, within } from './figures-table.ts';
import { html, type Markup } from './html.ts';
import { reliabilityPlot } from './line-plots.ts';
import { figure } from './plot-sections.ts';
import type { Plot } from './draw-plot.ts';

/** The figures and plots of photos whose labels are ranges of ages; empty if there are none. */
export async function rangesSection({
  ranges,
  groupNames,
}: Pick<MetricsFile, 'ranges' | 'groupNames'>): Promise<Markup> {
  if (ranges === null) return html``;
  const figures: Markup[] = [];
  for (const plot of plotsOf(ranges)) figures.push(await figure(plot));
  return html`<h2>Labels that are ranges of ages</h2>
    ${labelGroupTexts(ranges).map((text) => html`<p>${text}</p>`)} ${tiles(ranges.all)}
    <div class="plots">${figures}</div>
    ${groupTable(ranges, groupNames)}`;
}

function plotsOf({ all, labelGroups, reliability }: RangeFigures): Plot[] {
  const confusions = labelGroups.flatMap(({ source, groups, confusion }) => {
    const title = `Confusion between groups of ages${source === null ? '' : `: ${source}`}`;
    return groups === null ? [] : [confusionPlot({ confusion, buckets: groups }, title)];
  });
  const { ece, calibratedEce95 } = all;
  if (ece === null) return confusions;
  const figures = { reliability, all: { ece, calibratedEce95 } };
  return [reliabilityPlot(figures, 'Reliability of groups of ages'), ...confusions];
}

function tiles({ count, groupAccuracy, withinOneGroup, ece, ...all }: MeasuredRanges): Markup {
  const { intervals, calibratedEce95 } = all;
  const chance = calibratedEce95 === null ? '' : `by chance alone up to ${share(calibratedEce95)}`;
  return html`<div class="tiles">
    ${[
      tile(whole(count), 'photos with a range as label', ''),
      tile(percent(groupAccuracy), 'group accuracy', within(intervals?.groupAccuracy, percent)),
      ...(withinOneGroup === null
        ? []
        : [
            tile(
              percent(withinOneGroup),
              'within one group',
              within(intervals?.withinOneGroup, percent),
            ),
          ]),
      ...(ece === null ? [] : [tile(share(ece), 'expected calibration error', chance)]),
    ]}
  </div>`;
}

function groupTable({ all, groups }: RangeFigures, groupNames: MetricsFile['groupNames']): Markup {
  const rows = namedGroups({ groups, groupNames }).map(({ name, measured }) =>
    rowOf(name, measured),
  );
  return html`<div class="table">
    <table>
      <thead>
        <tr>
          <th scope="col">group</th>
          <th scope="col">photos</th>
          <th scope="col">group accuracy</th>
          <th scope="col">within one</th>
          <th scope="col">ECE</th>
        </tr>
      </thead>
      <tbody>
        ${rowOf('all', all, 'all')}${rows}
      </tbody>
    </table>
  </div>`;
}

function rowOf(name: string, measured: MeasuredRanges, kind = ''): Markup {
  const { intervals, withinOneGroup, ece, calibratedEce95 } = measured;
  return html`<tr class="${kind}">
    <th scope="row">${name}</th>
    <td>${whole(measured.count)}</td>
    ${[
      cell(measured.groupAccuracy, intervals?.groupAccuracy, percent),
      withinOneGroup === null ? missing : cell(withinOneGroup, intervals?.withinOneGroup, percent),
      ece === null ? missing : eceCell(ece, calibratedEce95),
    ]}
  </tr>`;
}

const missing = html`<td>${NOT_AVAILABLE}</td>`;
