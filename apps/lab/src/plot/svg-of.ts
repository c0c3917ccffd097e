import type { Plot, Results } from "../experiment/experiment";
import { colorVariables } from "./colors";
import { init } from "./echarts";
import { optionOf, type PictureOptions } from "./option-of";

export interface SvgOptions extends PictureOptions {
  readonly height: number;
  /** A file of its own: with its colours, and a ground to stand on. Default false: a part of a page. */
  readonly alone?: boolean;
}

let pictures = 0;

/** A plot as SVG, made without a DOM. */
export function svgOf(plot: Plot, results: Results, options: SvgOptions): string {
  const { width, height, alone = false } = options;
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    const ground = alone ? { backgroundColor: "var(--card)" } : {};
    chart.setOption({ ...optionOf(plot, results, options), ...ground });
    const svg = unique(chart.renderToSVGString());
    return alone ? svg.replace(/^(<svg [^>]*>)/, `$1<style>${colorVariables}</style>`) : svg;
  } finally {
    chart.dispose();
  }
}

/** Names within a picture made different from those of others on the page. */
function unique(svg: string): string {
  pictures += 1;
  return svg.replace(/zr\d+-/g, `picture${pictures}-`);
}
