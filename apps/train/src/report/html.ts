const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text as it may stand in HTML, between tags and in quoted attributes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}

/** A page that is complete in itself: no script, nothing to load. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${styles}</style>
${body}
</html>
`;
}

export const section = (title: string, note: string, body: string): string =>
  `<section>
<h2>${escaped(title)}</h2>
${note === "" ? "" : `<p class="note">${note}</p>\n`}${body}
</section>`;

/** A picture with a name below which it is found by those who do not see it. */
export const figure = (title: string, picture: string, legend = ""): string =>
  `<figure role="img" aria-label="${escaped(title)}"><figcaption>${escaped(title)}</figcaption>${legend}${picture}</figure>`;

/** How many colours of curves there are. */
export const COLORS = 8;

/** Names of curves beside their colours. */
export function legendOf(names: readonly string[]): string {
  if (names.length < 2) return "";
  const items = names.map(
    (name, n) => `<span><i style="background:var(--c${n % COLORS})"></i>${escaped(name)}</span>`,
  );
  return `<div class="legend">${items.join("")}</div>`;
}

export interface Column {
  readonly title: string;
  readonly numeric?: boolean;
}

/** A table of cells that are HTML already. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const attribute = (n: number) => (columns[n]?.numeric ? ' class="n"' : "");
  const head = columns.map(({ title }, n) => `<th${attribute(n)}>${escaped(title)}</th>`).join("");
  const body = rows
    .map((row) => `<tr>${row.map((cell, n) => `<td${attribute(n)}>${cell}</td>`).join("")}</tr>`)
    .join("\n");
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** Colours are told apart by those who see red and green alike, too (after Okabe and Ito 2008). */
const styles = `
:root { --ink:#1d2330; --soft:#5c6475; --line:#dde1e8; --page:#f6f7f9; --card:#ffffff;
  --c0:#0b62b0; --c1:#c2500a; --c2:#0a7f5c; --c3:#9a3d8c; --c4:#8a6d00; --c5:#2a8fc7; --c6:#b3261e; --c7:#5f6b7a; }
@media (prefers-color-scheme: dark) { :root { --ink:#e6e9ef; --soft:#9aa4b5; --line:#313847; --page:#12151b; --card:#1a1f28;
  --c0:#6cb2f5; --c1:#f5975a; --c2:#4cc9a0; --c3:#dd93d2; --c4:#dcbf4a; --c5:#8fd3f4; --c6:#f28b82; --c7:#a6b0bf; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 0 auto;
  max-width: 76rem; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 0 0 .4rem; }
h3 { font-size: .95rem; margin: 1rem 0 .3rem; }
p { margin: .2rem 0 .6rem; max-width: 50rem; }
.note, .soft { color: var(--soft); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem; margin-top: 1rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .7rem; margin-top: 1rem; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .7rem .9rem; }
.tile b { display: block; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: .85rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(21rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: .9rem; font-weight: 600; }
figure svg { display: block; width: 100%; height: auto; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem .9rem; font-size: .82rem; color: var(--soft); }
.legend i { display: inline-block; width: .9rem; height: .25rem; border-radius: 2px; margin-right: .35rem; vertical-align: middle; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.n, th.n { padding-right: 1.2rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .2rem 0 .9rem; padding: .6rem .8rem; border-left: 3px solid var(--c0);
  background: var(--page); border-radius: 0 6px 6px 0; font: 13px/1.45 ui-monospace, monospace; }
.maps { display: flex; flex-wrap: wrap; gap: .8rem; align-items: flex-start; }
.map { font-size: .78rem; color: var(--soft); }
.map img { display: block; width: 7.2rem; height: 7.2rem; image-rendering: pixelated; border: 1px solid var(--line); }
.map svg { display: block; width: min(22rem, 82vw); height: auto; }
.map image { image-rendering: pixelated; }
.map text { fill: var(--soft); font: 9px ui-monospace, monospace; }
details { margin-top: .5rem; } summary { cursor: pointer; color: var(--soft); }
`;
