import { expect, test } from "vitest";
import { sizeOf, sourceOf } from "./bundle-size";

test("writes a program that keeps what is picked", () => {
  const imports = { "@tx/ops": ["gelu", "silu"], "@tx/core": [] };
  expect(sourceOf({ name: "two", imports })).toBe(
    'export { gelu, silu } from "@tx/ops";\nexport * from "@tx/core";',
  );
});

test("sizes bytes as they are and compressed", () => {
  const size = sizeOf(new TextEncoder().encode("attention ".repeat(100)));
  expect(size.minified).toBe(1000);
  expect(size.gzip).toBeLessThan(60);
  expect(size.brotli).toBeLessThan(size.gzip);
});
