import type { Plot, Results } from "../experiment/experiment";
import { legendOf } from "./legend";
import { namesBelow } from "./names-below";
import type { PictureOptions } from "./option-of";
import { shownSeries } from "./shown-series";

/** Of a picture with one row of names above, in pixels. */
const HEIGHT = 320;

/**
 * How high a picture is to be, in pixels, so that what it shows has the same room however many rows
 * its names take. Heat maps need room for each row.
 */
export function heightOf(
  plot: Plot,
  results: Results,
  { language, width }: PictureOptions,
): number {
  if (plot.kind === "heatmap") {
    const matrix = results.matrices?.find(({ name }) => name === plot.matrix);
    return Math.min(460, Math.max(200, 90 + 14 * (matrix?.rows.length ?? 0)));
  }
  const labels = shownSeries(plot, results).map(({ label }) => label[language]);
  const above = Math.max(0, legendOf(labels, width).height - legendOf(["a", "b"], width).height);
  if (plot.kind !== "bars") return HEIGHT + above;
  const below = namesBelow(
    plot.categories.map((category) => category[language]),
    width,
  );
  return Math.round(HEIGHT + above + below.height);
}
