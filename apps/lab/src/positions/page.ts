import { Module, Rng } from "@tx/core";
import { inducedBy } from "@tx/positional";
import { pictureOf } from "@tx/positional/picture";
import { catalogue, type Entry } from "./catalogue";
import { escaped, styles } from "./html";

export interface PageOptions {
  /** Positions to show. */
  readonly length: number;
  readonly heads: number;
  /** Seed of the weights of strategies that learn. */
  readonly seed: number;
}

const [D_MODEL, HEAD_DIM] = [32, 32];

/** Of a matrix in pixels: three and their curves fit in half a screen. */
const SIDE = 140;

/** One page, complete in itself, with what each strategy induces. */
export async function pageOf(options: PageOptions): Promise<string> {
  const cards: string[] = [];
  for (const entry of catalogue) cards.push(await cardOf(entry, options));
  const index = catalogue.map(({ name: { en } }) => `<a href="#${idOf(en)}">${escaped(en)}</a>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Positional strategies</title>
<style>${styles}</style>
<h1>How positions change attention</h1>
<p>Every token is the same here, so all that is to be seen comes from positions 0 to ${options.length - 1}.
First, where there is one: what the strategy adds to the embeddings. Then what it adds to the scores of
the first and the last of ${options.heads} heads, for the keys that a causal query sees; where embeddings
are added to, that is their dot products. Right: the mean score at each distance, the first head in blue.
Colours go from blue (below 0) to orange (above), up to the number in brackets. Strategies that learn
are shown as they begin, seed ${options.seed}.</p>
<nav>${index.join(" · ")}</nav>
<main>
${cards.join("\n")}
</main>
</html>
`;
}

async function cardOf(entry: Entry, { length, heads, seed }: PageOptions): Promise<string> {
  const sizes = { dModel: D_MODEL, heads, headDim: HEAD_DIM, maxLen: length };
  const strategy = entry.make({ ...sizes, rng: new Rng(seed) });
  try {
    const induced = await inducedBy(strategy, { ...sizes, length });
    const { paper, code } = entry;
    const [name, says] = [entry.name.en, entry.says.en];
    const source = paper ? ` <a href="${escaped(paper.link)}">${escaped(paper.name)}</a>` : "";
    return `<section id="${idOf(name)}" aria-label="${escaped(name)}">
<h2>${escaped(name)}</h2>
<p>${escaped(says)}${source}</p>
<p><code>${escaped(code)}</code></p>
<div class="picture" role="img" aria-label="${escaped(name)}: matrices and curves">${pictureOf(induced, { side: SIDE })}</div>
</section>`;
  } finally {
    if (strategy instanceof Module) strategy.dispose();
  }
}

const idOf = (name: string) => name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
