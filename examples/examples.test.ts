import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const tsx = pathToFileURL(createRequire(here("../package.json")).resolve("tsx")).href;

const run = async (file: string) =>
  (await promisify(execFile)(process.execPath, ["--import", tsx, here(file)])).stdout;

test("the README shows the example as it stands, and what it prints", async () => {
  const [code, output] = [...readFileSync(here("../README.md"), "utf8").matchAll(BLOCKS)]
    .filter(([, language]) => language === "ts" || language === "text")
    .map(([, , block]) => block);
  expect(code).toBe(readFileSync(here("tiny-gpt.ts"), "utf8"));
  expect(await run("tiny-gpt.ts")).toBe(output);
});

const BLOCKS = /^```(\w+)\n([\s\S]*?)^```$/gm;
