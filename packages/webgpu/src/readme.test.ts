import { readFileSync } from "node:fs";
import { expectReadmeRuns } from "@tx/testing";
import { expect, test } from "vitest";
import * as webgpu from "./index";

test("the README's example prints what stands below it, and leaves nothing behind", async () => {
  await expect(expectReadmeRuns(import.meta.url)).resolves.toBeUndefined();
});

test("the README names all that the package exports", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  for (const name of Object.keys(webgpu)) expect(readme).toContain(`\`${name}\``);
});
