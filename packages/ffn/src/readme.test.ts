import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import { expectNoLeak } from "@tx/testing";
import { expect, test, vi } from "vitest";

const room = fileURLToPath(new URL("..", import.meta.url));

test("the README's examples print what stands below them, and leave nothing behind", async () => {
  const readme = readFileSync(join(room, "README.md"), "utf8");
  const examples = [...readme.matchAll(/```ts\n(.*?)```\n+```text\n(.*?)```/gs)];
  expect(examples.length).toBeGreaterThan(0);
  const folder = mkdtempSync(join(room, ".readme-"));
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    for (const [n, [, code = "", wanted]] of examples.entries()) {
      const file = join(folder, `example-${n}.ts`);
      writeFileSync(file, code);
      log.mockClear();
      await expectNoLeak(() => import(/* @vite-ignore */ file));
      expect(log.mock.calls.map((words) => `${format(...words)}\n`).join("")).toBe(wanted);
    }
  } finally {
    log.mockRestore();
    rmSync(folder, { recursive: true });
  }
});
