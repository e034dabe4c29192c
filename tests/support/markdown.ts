/** The link targets that a Markdown page offers, and the targets of its own links; code is ignored. */
export interface Page {
  anchors: ReadonlySet<string>;
  links: readonly string[];
}

/** Anchors as GitHub generates them, without the numbers of repeated ones. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');

export function readPage(markdown: string): Page {
  const prose = markdown.replace(/^```[^]+?^```$/gm, '');
  const anchors = new Set<string>();
  for (const [, heading] of prose.matchAll(/^#+ (.*)$/gm)) {
    const anchor = anchorOf(heading!);
    let own = anchor;
    for (let count = 1; anchors.has(own); count += 1) own = `${anchor}-${count}`;
    anchors.add(own);
  }
  const links = prose.replace(/`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g);
  return { anchors, links: [...links].map(([, link]) => link!) };
}
