import { expect, test } from "vitest";
import { linksOf, resolved, rewritten } from "./links";

test("links are found, those in code are not", () => {
  const text = "[a](b.md) `[c](d.md)`\n```ts\n[e](f.md)\n```\n![g](h.png) [i](j.md#k)";
  const links = linksOf(text);
  expect(links.map(({ to }) => to)).toEqual(["b.md", "h.png", "j.md#k"]);
  for (const { to, at } of links) expect(text.slice(at, at + to.length)).toBe(to);
});

test("a link leads to a file from the root, and a heading", () => {
  expect(resolved("../b/c.md#d", "a/x.md")).toEqual({ file: "b/c.md", heading: "d" });
  expect(resolved("#d", "a/x.md")).toEqual({ file: "a/x.md", heading: "d" });
});

test("pages link to pages, and else to the repository", () => {
  const targets = new Map([
    ["README.md", "index"],
    ["packages/norm/README.md", "packages/norm"],
    ["docs/concepts/masks.md", "concepts/masks"],
  ]);
  const of = (text: string) =>
    rewritten(text, "docs/concepts/masks.md", { targets, home: "https://example.org/blob/main" });
  expect(of("[a](../../packages/norm/README.md#b) [c](../../packages/norm)")).toBe(
    "[a](./../packages/norm.md#b) [c](./../packages/norm.md)",
  );
  expect(of("[a](../../README.md), [b](https://x.org/y.md)")).toBe(
    "[a](./../index.md), [b](https://x.org/y.md)",
  );
  expect(of("[a](../../packages/norm/src/layer-norm.ts)")).toBe(
    "[a](https://example.org/blob/main/packages/norm/src/layer-norm.ts)",
  );
});
