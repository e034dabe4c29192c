/** Text that is already HTML. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Markup | readonly Markup[];

/** Template tag for HTML; every value that is not Markup is escaped. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  const text = parts.map((part, index) =>
    index < values.length ? part + toText(values[index]!) : part,
  );
  return new Markup(text.join(''));
}

/** Escapes text for use in HTML text and quoted attributes. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

function toText(value: Value): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('\n');
  return escapeHtml(String(value));
}

/** The style of the report. It uses no external fonts, images, or files, and follows the reader's light or dark scheme. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f6f6f4; --surface: #ffffff; --ink: #1c1f24; --muted: #5b626c; --grid: #e4e6e9;
  --first: #1f6db0; --second: #c24e12; --third: #2f8a5b; --on-first: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121418; --surface: #1b1f25; --ink: #e9ebee; --muted: #a3aab4; --grid: #333a44;
    --first: #63a9e6; --second: #f0915a; --third: #6ecb97; --on-first: #0f1419;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 20px; margin: 44px 0 12px; }
h3 { font-size: 15px; margin: 0 0 2px; }
p { margin: 0 0 10px; max-width: 75ch; }
.muted, figcaption, .meta { color: var(--muted); }
.meta { margin-bottom: 24px; }
.notice { border-left: 4px solid var(--second); padding: 8px 14px; background: var(--surface); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(230px, 1fr)); gap: 12px; }
.tile, figure, .table { background: var(--surface); border: 1px solid var(--grid); border-radius: 10px; }
.tile { padding: 14px 16px; }
.tile b { display: block; font-size: 26px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tile span { display: block; font-size: 13px; color: var(--muted); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(500px, 100%), 1fr)); gap: 16px; }
figure { margin: 0; padding: 16px; }
figure svg { display: block; max-width: 100%; height: auto; margin: 12px auto 0; }
figcaption { font-size: 13px; max-width: 76ch; }
.wide { grid-column: 1 / -1; }
.table { overflow-x: auto; padding: 4px 14px; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 6px 8px; border-bottom: 1px solid var(--grid); white-space: nowrap; }
th { font-weight: 600; color: var(--muted); }
tbody tr:last-child > * { border-bottom: 0; }
th:first-child, td:first-child { text-align: left; }
tbody th { color: var(--ink); font-weight: 400; }
tbody tr.all th, tbody tr.all td { font-weight: 600; }
td small { display: block; color: var(--muted); font-size: 11.5px; line-height: 1.2; }
.plots .table { padding: 4px 8px; }
.plots .table th, .plots .table td { padding: 6px 5px; font-size: 12.5px; }
.plots .table td small { font-size: 11px; }
tr.column th { color: var(--muted); font-weight: 600; padding-top: 14px; }
li { margin-bottom: 6px; max-width: 90ch; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 18px; margin: 0; }
dt { font-weight: 600; } dd { margin: 0; color: var(--muted); max-width: 80ch; }
.photos { display: grid; grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)); gap: 12px; }
.photos figure { padding: 8px; } .photos img { width: 100%; display: block; border-radius: 6px; }
@media (max-width: 640px) { dl { grid-template-columns: 1fr; } }
@media print { body { background: none; } figure, .table, .tile { break-inside: avoid; } }
`;
