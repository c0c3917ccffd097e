import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
// @ts-expect-error plain JavaScript
import { parseArguments } from "./arguments.mjs";
// @ts-expect-error plain JavaScript
import { cudaOf } from "./cuda.mjs";

const page = readFileSync(new URL("../../docs/gpu.md", import.meta.url), "utf8");

test("every set-up command of the page is one", () => {
  const commands = [...page.matchAll(/^npm run setup:tensorflow(?: --(?= ))?(.*)$/gm)];
  expect(commands.length).toBeGreaterThan(2);
  for (const [, words] of commands) {
    const args = words!.split(" ").filter(Boolean);
    expect(parseArguments(args)).toMatchObject({ gpu: args.includes("--gpu") });
  }
});

test("the page's table of CUDA and cuDNN is the one that is looked for", () => {
  const rows = [
    ...page.matchAll(
      /^\| (2\.\d+)(?:(?: to|,) (2\.\d+)| or later)? +\| ([\d.]+) +\| ([\d.]+) +\|$/gm,
    ),
  ];
  expect(rows).toHaveLength(6);
  for (const [, first, last, cuda, cudnn] of rows) {
    for (const version of [first, last ?? first]) {
      expect(cudaOf(`${version}.0`)).toMatchObject({ cuda, cudnn });
    }
  }
});
