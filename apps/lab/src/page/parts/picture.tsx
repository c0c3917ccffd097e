import { useEffect, useRef } from "preact/hooks";
import type { Plot, Results } from "../../experiment/experiment";
import { short } from "../../experiment/format";
import { init } from "../../plot/echarts";
import { heightOf } from "../../plot/height-of";
import { optionOf } from "../../plot/option-of";
import { language } from "../language";

export interface PictureProps {
  readonly plot: Plot;
  readonly results: Results;
}

/** A plot as a picture that is as wide as its place, and says its numbers below the pointer. */
export function Picture({ plot, results }: PictureProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ReturnType<typeof init> | undefined>(undefined);
  const drawn = useRef(() => {});
  const { value: tongue } = language;

  drawn.current = () => {
    const width = box.current?.clientWidth ?? 0;
    if (width === 0) return;
    const place = { language: tongue, width };
    const height = heightOf(plot, results, place);
    box.current!.style.height = `${height}px`;
    chart.current ??= init(box.current, null, { renderer: "svg" });
    chart.current.resize({ width, height });
    const option = {
      ...optionOf(plot, results, place),
      tooltip: tooltipOf(plot),
    };
    chart.current.setOption(option, { notMerge: true });
  };

  useEffect(() => drawn.current(), [plot, results, tongue]);
  useEffect(() => {
    // In the next frame: drawing changes the height of what is observed.
    const observer = new ResizeObserver(() => requestAnimationFrame(() => drawn.current()));
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
      chart.current?.dispose();
      chart.current = undefined;
    };
  }, []);

  return <div class="picture" ref={box} aria-hidden="true" />;
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
