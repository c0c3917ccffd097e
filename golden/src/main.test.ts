import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** No variable of whoever runs the tests gets through: an empty one counts as none. */
const unset = { TX_GOLDEN_DIR: "", TX_GOLDEN_ONLY: "", TX_GOLDEN_BACKEND: "" };

function golden(settings: Record<string, string>): { status: number | null; lines: string[] } {
  const { status, stdout } = spawnSync(
    process.execPath,
    ["--import", "tsx", "golden/src/main.ts"],
    { cwd: root, env: { ...process.env, ...unset, ...settings }, encoding: "utf8" },
  );
  return { status, lines: stdout.trimEnd().split("\n") };
}

test("the cases chosen by path run on the cpu, and the last line counts them", () => {
  const { status, lines } = golden({ TX_GOLDEN_ONLY: "norm/layer_norm_s" });
  expect(lines).toContain("norm          1       0           0");
  expect(lines.at(-1)).toBe("golden: 1 passed, 0 failed, 0 not mapped");
  expect(status).toBe(0);
});

test("nothing found is a failure, and the last line is as ever", () => {
  const { status, lines } = golden({ TX_GOLDEN_DIR: "golden/src" });
  expect(lines[2]).toMatch(/^golden: expected cases \*\.json in .*src, got none$/);
  expect(lines.at(-1)).toBe("golden: 0 passed, 0 failed, 0 not mapped");
  expect(status).toBe(1);
});

test("an unknown backend is a failure, and the last line is as ever", () => {
  const { status, lines } = golden({ TX_GOLDEN_BACKEND: "abacus" });
  expect(lines[0]).toBe(
    'golden: TX_GOLDEN_BACKEND: expected one of cpu, wasm, simd, webgpu, tensorflow, tensorflow-gpu, got "abacus"',
  );
  expect(lines.at(-1)).toBe("golden: 0 passed, 0 failed, 0 not mapped");
  expect(status).toBe(1);
});
