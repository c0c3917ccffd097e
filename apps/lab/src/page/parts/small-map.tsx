import { useEffect, useRef } from "preact/hooks";
import { dark } from "../theme";

export interface SmallMapProps {
  readonly rows: readonly (readonly (number | null)[])[];
  /** Where colours end. Default: the largest number by size. */
  readonly most?: number;
}

/** A matrix in the colours of plots, a pixel a number: orange above 0, blue below. */
export function SmallMap({ rows, most = mostOf(rows) }: SmallMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isDark = dark.value;
  useEffect(() => {
    const { current } = canvas;
    const context = current?.getContext("2d");
    if (!current || !context) return;
    const style = getComputedStyle(current);
    const [below, above] = ["--below", "--above"].map((name) =>
      style.getPropertyValue(name).trim().split(/\s+/).map(Number),
    ) as [number[], number[]];
    const [height, width] = [rows.length, rows[0]?.length ?? 0];
    [current.width, current.height] = [width, height];
    const image = context.createImageData(width, height);
    for (const [y, row] of rows.entries()) {
      for (const [x, value] of row.entries()) {
        if (value === null || most === 0) continue;
        const alpha = Math.round(255 * Math.min(1, Math.abs(value) / most));
        image.data.set([...(value < 0 ? below : above), alpha], 4 * (y * width + x));
      }
    }
    context.putImageData(image, 0, 0);
  }, [rows, most, isDark]);
  return <canvas ref={canvas} class="small-map" />;
}

const mostOf = (rows: SmallMapProps["rows"]) =>
  rows.reduce(
    (most, row) => row.reduce<number>((so, v) => Math.max(so, Math.abs(v ?? 0)), most),
    0,
  );
