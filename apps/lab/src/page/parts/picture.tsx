import { useEffect, useRef } from "preact/hooks";
import type { Plot, Results } from "../../experiment/experiment";
import { short } from "../../experiment/format";
import { init } from "../../plot/echarts";
import { optionOf } from "../../plot/option-of";
import { language } from "../language";

export interface PictureProps {
  readonly plot: Plot;
  readonly results: Results;
  readonly height?: number;
}

/** A plot as a picture that is as wide as its place, and says its numbers below the pointer. */
export function Picture({ plot, results, height = heightOf(plot, results) }: PictureProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ReturnType<typeof init> | undefined>(undefined);
  const drawn = useRef(() => {});
  const { value: tongue } = language;

  drawn.current = () => {
    const width = box.current?.clientWidth ?? 0;
    if (width === 0) return;
    chart.current ??= init(box.current, null, { renderer: "svg" });
    chart.current.resize({ width, height });
    const option = {
      ...optionOf(plot, results, { language: tongue, width }),
      tooltip: tooltipOf(plot),
    };
    chart.current.setOption(option, { notMerge: true });
  };

  useEffect(() => drawn.current(), [plot, results, tongue, height]);
  useEffect(() => {
    const observer = new ResizeObserver(() => drawn.current());
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
      chart.current?.dispose();
      chart.current = undefined;
    };
  }, []);

  return <div class="picture" ref={box} style={{ height: `${height}px` }} aria-hidden="true" />;
}

/** Heat maps need room for each row, others do not. */
function heightOf(plot: Plot, { matrices = [] }: Results): number {
  if (plot.kind !== "heatmap") return 320;
  const rows = matrices.find(({ name }) => name === plot.matrix)?.rows.length ?? 0;
  return Math.min(460, Math.max(200, 90 + 14 * rows));
}

const tooltipOf = ({ kind }: Plot) => ({
  trigger: kind === "lines" || kind === "bars" ? ("axis" as const) : ("item" as const),
  confine: true,
  backgroundColor: "var(--card)",
  borderColor: "var(--line)",
  textStyle: { color: "var(--ink)", fontSize: 12 },
  axisPointer: { lineStyle: { color: "var(--soft)" } },
  formatter: (given: Pointed | Pointed[]) => [given].flat().map(lineOf).join("<br>"),
});

interface Pointed {
  readonly marker?: string;
  readonly seriesName?: string;
  readonly seriesType?: string;
  readonly value: readonly (number | null)[];
}

/** What a point says; the numbers of a band say nothing of their own. */
function lineOf({ marker = "", seriesName = "", seriesType, value }: Pointed): string {
  if (seriesType === "custom") return "";
  const numbers = value.map((number) => (typeof number === "number" ? short(number) : "–"));
  if (seriesType === "heatmap") return numbers[2]!;
  return `${marker}${seriesName}: ${numbers.join(" → ")}`;
}
