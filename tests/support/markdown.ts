/** What a page of Markdown offers to links, and where its own links go; code is left out. */
export interface Page {
  anchors: ReadonlySet<string>;
  links: readonly string[];
}

/** As GitHub makes them, but for the number behind a repeated one. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');

export function readPage(markdown: string): Page {
  const prose = markdown.replace(/^```[^]*?^```$/gm, '');
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
