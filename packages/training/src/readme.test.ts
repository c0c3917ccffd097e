import { readFileSync } from "node:fs";
import { format } from "node:util";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";

test("the README's example prints what stands below it, and leaves nothing behind", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, code = "", wanted] = /```ts\n(.*?)```\n+```text\n(.*?)```/s.exec(readme) ?? [];
  const body = code.replace(/^import (\{.*?\}) from (".*?");$/gms, "const $1 = await load($2);");
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const run = new AsyncFunction("load", "console", body);
  const printed: string[] = [];
  const log = (...words: unknown[]) => printed.push(`${format(...words)}\n`);
  await expectNoLeak(() => run((name: string) => import(/* @vite-ignore */ name), { log }));
  expect(printed.join("")).toBe(wanted);
});
