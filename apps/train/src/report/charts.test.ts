import { decode } from "fast-png";
import { describe, expect, it } from "vitest";
import { labelledMap, smallMap } from "./heat-map";
import { escaped } from "./html";
import { lineChart, type Point, smoothed, thinned } from "./line-chart";

const points: Point[] = Array.from({ length: 1000 }, (_, n) => [n, Math.sin(n)]);

describe("lineChart", () => {
  it("is an SVG in the page's colours, small however many points there are", () => {
    const svg = lineChart([{ points, color: 9 }], { across: "step" });
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain("var(--c1)");
    expect(svg).toContain(">step<");
    expect(svg.length).toBeLessThan(30_000);
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  it("leaves out of a logarithmic one what has no logarithm", () => {
    const svg = lineChart(
      [
        {
          points: [
            [1, 0],
            [2, 1],
            [3, 10],
          ],
          color: 0,
        },
      ],
      { across: "x", log: true },
    );
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});

it("takes neighbours together, and keeps the mean", () => {
  const few = thinned(points, 10);
  expect(few).toHaveLength(10);
  const mean = (of: readonly Point[]) => of.reduce((sum, [, y]) => sum + y, 0) / of.length;
  expect(mean(few)).toBeCloseTo(mean(points), 10);
  expect(smoothed(points)).toHaveLength(1000);
  expect(Math.max(...smoothed(points).map(([, y]) => y))).toBeLessThan(0.5);
});

describe("maps", () => {
  it("let the page shine through at 0, and are orange above and blue below", () => {
    const html = smallMap("a < b", [
      [0, 2, null],
      [-1, 1, 0],
    ]);
    expect(html).toContain("a &lt; b");
    const [, base64] = /base64,([^"]+)"/.exec(html)!;
    const { width, height, data, channels } = decode(Buffer.from(base64!, "base64"));
    expect([width, height, channels]).toEqual([3, 2, 4]);
    const alphas = Array.from({ length: 6 }, (_, n) => data[4 * n + 3]);
    expect(alphas).toEqual([0, 255, 0, 128, 128, 0]);
    expect(data[4]!).toBeGreaterThan(data[6]!);
    expect(data[12]!).toBeLessThan(data[14]!);
  });

  it("show spaces and new lines at their sides", () => {
    const html = labelledMap(
      "mean",
      [
        [1, 0],
        [0, 1],
      ],
      { rows: [" a", "\n"], columns: ["b", "c"] },
    );
    expect(html).toContain(">␣a<");
    expect(html).toContain(">⏎<");
    expect(html).toContain(">c<");
  });
});

it("text stands in a page as it is written", () => {
  expect(escaped('a < b && "c" > d')).toBe("a &lt; b &amp;&amp; &quot;c&quot; &gt; d");
});
