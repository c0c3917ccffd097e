import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as schedule from "./index";

test("every line of the README's example gives what stands behind it", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const [, names = "", body = ""] =
    /^import \{(.*?)\} from "@tx\/schedule";(.*)$/s.exec(code) ?? [];
  const imported = names.split(",").map((name) => name.trim());
  expect(Object.keys(schedule)).toEqual(expect.arrayContaining(imported.filter(Boolean)));
  const lines = body.trim().split("\n");
  const setUp = lines.filter((line) => line.startsWith("const ")).join("\n");
  const claims = lines.flatMap((line) => {
    const [, expression, value] = /^(\S.*); \/\/ (.*)$/.exec(line) ?? [];
    return expression === undefined || line.startsWith("const ") ? [] : [[expression, value]];
  });
  expect(claims.length).toBeGreaterThan(3);
  for (const [expression, value] of claims) {
    const evaluate = new Function(...Object.keys(schedule), `${setUp}\nreturn ${expression};`);
    expect(JSON.stringify(evaluate(...Object.values(schedule)))).toBe(value);
  }
});
