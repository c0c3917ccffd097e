import { dirname, join, relative } from "node:path/posix";

/** A link of a page: `[text](to)` outside of code. */
export interface Link {
  readonly to: string;
  /** Where `to` begins in the text. */
  readonly at: number;
}

/** Links and pictures of a Markdown text, those in code left out. */
export function linksOf(markdown: string): Link[] {
  const plain = markdown.replace(/^(`{3,})[^\n]*\n.*?^\1|(`+)(?!`).+?\2/gms, (code) =>
    " ".repeat(code.length),
  );
  return [...plain.matchAll(/\]\(\s*([^()\s]+(?:\([^()\s]*\))?[^()\s]*)\s*\)/g)].map((match) => ({
    to: match[1]!,
    at: match.index + match[0].indexOf(match[1]!),
  }));
}

export const isOutside = (to: string): boolean => /^[a-z]+:/i.test(to);

/** A link within the repository: the file it leads to, from the root, and the heading in it. */
export function resolved(
  to: string,
  source: string,
): { file: string; heading: string | undefined } {
  const [path = "", heading] = to.split("#");
  return { file: path === "" ? source : join(dirname(source), path), heading };
}

/**
 * A page's text with its links as the site needs them: to pages of the site, or else to the
 * repository, where what is no page lies.
 *
 * @param targets Of each page, from its source to its target.
 * @param home Address of the repository's files.
 */
export function rewritten(
  markdown: string,
  source: string,
  { targets, home }: { targets: ReadonlyMap<string, string>; home: string },
): string {
  let text = markdown;
  for (const { to, at } of linksOf(markdown).reverse()) {
    if (isOutside(to)) continue;
    const { file, heading } = resolved(to, source);
    const target = targets.get(file) ?? targets.get(join(file, "README.md"));
    const from = dirname(targets.get(source) ?? source);
    const path = target === undefined ? `${home}/${file}` : `./${relative(from, target)}.md`;
    const link = heading === undefined ? path : `${path}#${heading}`;
    text = text.slice(0, at) + link + text.slice(at + to.length);
  }
  return text;
}
