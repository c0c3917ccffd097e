import { readFileSync } from "node:fs";
import { memory } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { pageFile, walked } from "./walk";

const page = readFileSync(pageFile, "utf8");

test("the page is what its code makes, and its code leaves nothing behind", async () => {
  const before = memory().numTensors;
  expect(await walked(page)).toBe(page);
  expect(memory().numTensors).toBe(before);
  expect(page.match(/<!-- made by running it -->/g)!.length).toBeGreaterThan(15);
});

test("numbers that the code does not make are replaced", async () => {
  const code =
    'import { tensor1d } from "@tensorflow/tfjs-core";\nshow({ x: tensor1d([0.5, 2]) });\n';
  const made = (table: string) =>
    `\`\`\`ts\n${code}\`\`\`\n\n<!-- made by running it -->\n\n${table}\n\n<!-- end -->\n\nmore\n`;
  const right =
    "| name | axes  | shape | begins with |\n| ---- | ----- | ----- | ----------- |\n| `x`  | batch | [2]   | 0.50, 2.00  |";
  expect(await walked(made("old"))).toBe(made(right));
  expect(await walked(`\`\`\`ts\n${code}\`\`\`\n\nmore\n`)).toBe(made(right));
});

test("code that fails, tensors that differ and lines that are gone are told", async () => {
  const refused = (code: string) => expect(walked(`\`\`\`ts\n${code}\n\`\`\`\n`)).rejects;
  const import_ = 'import { tensor1d } from "@tensorflow/tfjs-core";\n';
  await refused('throw new Error("no");').toThrow("no");
  await refused(`${import_}agree(tensor1d([1, 2]), tensor1d([1, 3]));`).toThrow(
    "agree: expected 2 at 1, got 3",
  );
  await refused(`${import_}show({ x: tensor1d([1, 2, 3, 4, 5, 6, 7]) });`).toThrow(
    "x: expected sizes of",
  );
  await expect(walked("[`x.ts`](../packages/model/src/gpt.ts): `not there`")).rejects.toThrow(
    "the page: expected a line of packages/model/src/gpt.ts, got not there",
  );
});
