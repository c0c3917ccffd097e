import type { Induced } from "@tx/positional";
import type { Matrix, Plot, Results, Series } from "../../experiment/experiment";
import { words } from "./texts";

/** Plots and the numbers that they show. */
export interface Pictures {
  readonly plots: readonly Plot[];
  readonly results: Results;
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => String(n));

/** What a strategy induces: matrices of the first and the last head, and curves of all heads. */
export function picturesOf({ embedding, scores, distances, byDistance }: Induced): Pictures {
  const heads = headsToShow(scores);
  const matrices: Matrix[] = heads.map((head) => {
    const rows = scores[head]!;
    const names = numbered(rows.length);
    const label = words.scores(head + 1);
    return { name: `scores-${head}`, label, rows: names, columns: names, values: rows };
  });
  const plots: Plot[] = heads.map((head) => ({
    ...{ kind: "heatmap", name: `scores-${head}`, matrix: `scores-${head}` },
    ...{ title: words.scores(head + 1), x: words.key, y: words.query },
  }));
  if (embedding) {
    matrices.push({
      ...{ name: "embeddings", label: words.embeddings, rows: numbered(embedding.length) },
      ...{ columns: numbered(embedding[0]!.length), values: embedding },
    });
    plots.unshift({
      ...{ kind: "heatmap", name: "embeddings", matrix: "embeddings", title: words.embeddings },
      ...{ x: words.feature, y: words.position },
    });
  }
  const series: Series[] = byDistance.map((y, head) => ({
    ...{ name: `head-${head}`, label: words.head(head + 1), x: distances, y },
  }));
  plots.push({
    ...{ kind: "lines", name: "distances", title: words.distances },
    ...{ x: { label: words.distance }, y: { label: words.score } },
    series: series.map(({ name }) => name),
  });
  return { plots, results: { numbers: [], findings: [], series, matrices } };
}

/** The curve of the first head, and what becomes of it when all positions are shifted. */
export function shiftedPicture(plain: Induced, shifted: Induced, start: number): Pictures {
  const series: Series[] = [
    { induced: plain, at: 0 },
    { induced: shifted, at: start },
  ].map(({ induced, at }) => ({
    ...{ name: `from-${at}`, label: words.from(at), x: induced.distances },
    y: induced.byDistance[0]!,
  }));
  const plot: Plot = {
    ...{ kind: "lines", name: "shifted", title: words.shifted },
    ...{ x: { label: words.distance }, y: { label: words.score } },
    series: series.map(({ name }) => name),
  };
  return { plots: [plot], results: { numbers: [], findings: [], series } };
}

/** The first and the last; one where all are alike. */
function headsToShow(scores: Induced["scores"]): number[] {
  const last = scores.length - 1;
  const alike = JSON.stringify(scores[0]) === JSON.stringify(scores[last]);
  return alike ? [0] : [0, last];
}
