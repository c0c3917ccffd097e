import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import { expect, vi } from "vitest";
import { expectNoLeak } from "./leak";

/**
 * Runs each example of a package's README, a `ts` block followed by the `text` that it prints, and
 * fails if it prints anything else or leaves tensors behind.
 *
 * @param testFile `import.meta.url` of a test in the package's src.
 */
export async function expectReadmeRuns(testFile: string): Promise<void> {
  const room = fileURLToPath(new URL("..", testFile));
  await expectExamplesRun(join(room, "README.md"), room);
}

/**
 * The same of any page.
 *
 * @param room Folder of a package, whose dependencies the examples may import.
 */
export async function expectExamplesRun(page: string, room: string): Promise<void> {
  const examples = [
    ...readFileSync(page, "utf8").matchAll(/```ts\n(.*?)```\n+```text\n(.*?)```/gs),
  ];
  expect(examples.length).toBeGreaterThan(0);
  // Within the package, so that its imports are resolved as its own.
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
}
