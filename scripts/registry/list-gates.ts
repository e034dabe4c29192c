import { figureWords } from '../../src/learning/gate/figure-names.ts';
import type { GateFigures, GateResult } from '../../src/registry/gate-result.ts';
import type { Outcome } from './command-line.ts';
import type { RegistrySettings } from '../../src/registry/registry-settings.ts';
import { table } from '../../src/common/text-table.ts';

/** `npm run models -- gates`: every gate, the newest last; each result whole as a document. */
export async function listGates({ registry, name }: RegistrySettings): Promise<Outcome> {
  const gates: GateResult[] = [];
  for (const id of await registry.listGates(name)) {
    const result = await registry.readGate(name, id);
    if (result !== undefined) gates.push(result);
  }
  const heading = `gates of ${name} in ${registry.location}`;
  const text = gates.length === 0 ? `${heading}: none` : `${heading}\n${tell(gates)}`;
  return { text, data: { name, registry: registry.location, gates } };
}

const header = ['gate', 'alias', 'champion', 'challenger', 'MAE', 'outcome', 'by', 'why'];

function tell(gates: readonly GateResult[]): string {
  const rows = gates.map(({ id, alias, champion, challenger, figures, by, ...judged }) => [
    id,
    alias,
    String(champion ?? '-'),
    String(challenger),
    `${mae(figures.champion)} → ${mae(figures.challenger)}`,
    judged.forced === null ? judged.outcome : `${judged.outcome}, forced`,
    by,
    judged.reasons[0]!,
  ]);
  return table([header, ...rows]);
}

function mae(figures: GateFigures | null): string {
  return figures === null ? '-' : figureWords.mae.value(figures.mae).replace(' years', '');
}
