import { expectReadmeRuns } from "@tx/testing";
import { expect, test } from "vitest";

test("the README's examples print what stands below them, and leave nothing behind", async () => {
  await expect(expectReadmeRuns(import.meta.url)).resolves.toBeUndefined();
});
