import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { appFolder } from "../places";
import { benchProgram } from "../testing/bench";
import { pageOf } from "./page";
import { barsOf, figure, linesOf } from "./plot";
import { resultOf } from "./read";

const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);

test.each([
  [0, "0"],
  [0.00456, "0.00456"],
  [1.2345, "1.23"],
  [45.678, "45.7"],
  [1234.5, "1,235"],
  [1e-8, "1.0e-8"],
])("writes %d as %s", (value, text) => {
  expect(figure(value)).toBe(text);
});

test("draws bars with names, figures and a legend where it needs one", () => {
  const one = barsOf({ unit: "ms", names: ["a", "b"], series: [{ name: "x", values: [12, 3] }] });
  expect(texts(one)).toEqual(expect.arrayContaining(["a", "b", "12.0", "3.00", "ms"]));
  expect(texts(one)).not.toContain("x");
  const series = ["x", "y"].map((name) => ({ name, values: [1, undefined] }));
  const two = barsOf({ unit: "ms", names: ["a", "b"], series });
  expect(texts(two)).toEqual(expect.arrayContaining(["x", "y"]));
  expect(two).toContain('fill="currentColor"');
});

test("draws curves", () => {
  const svg = linesOf({
    ...{ across: "length", unit: "ms" },
    series: [
      {
        name: "simd",
        points: [
          [512, 3],
          [1024, 12],
        ],
      },
    ],
  });
  expect(texts(svg)).toEqual(expect.arrayContaining(["length", "ms", "simd"]));
});

test("escapes what files say", () => {
  const page = pageOf(
    [
      resultOf(
        {
          ...{ command: "attention", node: "v20", date: "2026-01-02", device: "<b>" },
          byLength: [
            {
              ...{ length: 8, standings: [{ name: "a<i>", times: [1] }] },
              failures: [{ name: "b", error: "x < y" }],
            },
          ],
        },
        "a.json",
      ),
    ],
    "T & T",
  );
  expect(page).toContain("<title>T &amp; T</title>");
  expect(page).toContain("8: b could not: x &lt; y");
  expect(page).not.toMatch(/<b>|<i>/);
});

const { run, file } = benchProgram();

test("turns files into one page", () => {
  const results = join(appFolder, "../../docs/results/2026-11-27-epyc");
  const files = ["step-1", "step-2", "attention-8192-1", "generate-1", "products-1", "load"];
  const out = file("page.html");
  const { status, stderr } = run(
    "report",
    ...files.map((name) => join(results, `${name}.json`)),
    ...["--out", out],
  );
  expect([status, stderr]).toEqual([0, ""]);
  const page = readFileSync(out, "utf8");
  expect(page.match(/<svg /g)).toHaveLength(5);
  expect(page).toContain("PyTorch eager, 2 threads");
  // Complete in itself.
  expect(page).not.toMatch(/(src|href)=/);
});

test("refuses a file that is none of ours, and leaves no page", () => {
  const out = file("no-page.html");
  const { status, stderr } = run("report", join(appFolder, "package.json"), "--out", out);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^tx-bench: report: expected figures of this program in .*\n$/);
  expect(existsSync(out)).toBe(false);
});
