import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { benchProgram, tinySizes } from "../testing/bench";

const { run, file, json } = benchProgram();
const bare = mkdtempSync(join(tmpdir(), "tx-bench-bare-"));
afterAll(() => rmSync(bare, { recursive: true, force: true }));

/** In the archive's folder, with nothing in the environment. */
const benchSh = (...args: string[]) => {
  const cwd = join(bare, "tx-bench");
  return spawnSync(join(cwd, "bench.sh"), args, { cwd, env: {}, encoding: "utf8" });
};

test("an archive works where nothing is installed", () => {
  // In place of the real Node, which is 40 MB and has to be got.
  const node = file("node");
  writeFileSync(node, `#!/bin/sh\nexec "${process.execPath}" "$@"\n`);
  chmodSync(node, 0o755);
  const archive = file("portable.tar.gz");
  const packed = run("pack-portable", "--out", archive, "--node", node);
  expect([packed.stderr, packed.status]).toEqual(["", 0]);
  expect(packed.stdout).toMatch(/^written: .*portable\.tar\.gz, [\d.]+ MB, with/);
  expect(statSync(archive).size).toBeLessThan(20e6);

  execFileSync("tar", ["-xzf", archive, "-C", bare]);
  const inside = (path: string) => join(bare, "tx-bench", path);
  // Whether peers came along depends on the machine that packs.
  rmSync(inside("app/.cache"), { recursive: true, force: true });
  writeFileSync(inside("tiny.json"), JSON.stringify(tinySizes));
  const step = benchSh(
    ...["step", "--config", "tiny.json", "--backend", "simd", "--threads", "1", "--steps", "1"],
    ...["--vs", "stock,genai,gpt-tfjs", "--json", "step.json"],
  );
  expect([step.stderr, step.status]).toEqual(["", 0]);
  const { standings, failures } = JSON.parse(readFileSync(inside("step.json"), "utf8"));
  expect(standings).toMatchObject([{ peer: "tx" }, { name: "stock on wasm", peer: "stock" }]);
  const missing = (name: string) =>
    `expected the package ${name}, got none installed; run: npm run bench -- setup-peers`;
  expect(failures).toEqual([
    { name: "genai on cpu", error: missing("@genai-fi/nanogpt") },
    { name: "gpt-tfjs on cpu", error: missing("gpt-tfjs") },
  ]);
  const page = benchSh("report", "step.json", "--out", "page.html");
  expect([page.stderr, page.status]).toEqual(["", 0]);
  const size = benchSh("size");
  expect([size.status, size.stdout]).toEqual([1, ""]);
  expect(size.stderr).toContain("size: expected the repository's packages, got none at ");
});

test("refuses a Node that is not there, and leaves no archive", () => {
  const archive = file("none.tar.gz");
  const { status, stderr } = run("pack-portable", "--out", archive, "--node", file("no-node"));
  expect(status).toBe(1);
  expect(stderr).toMatch(/^tx-bench: pack-portable: ENOENT.*\n$/);
  expect(existsSync(archive)).toBe(false);
});

test("a suite writes figures and a page", () => {
  const out = file("suite");
  const { status, stderr } = run(
    ...["suite", "--quick", "--only", "start-up", "--backend", "simd", "--out", out],
  );
  expect([stderr, status]).toEqual(["", 0]);
  expect(json("suite/start-up.json")).toMatchObject({ command: "start-up", backend: "simd" });
  expect(readFileSync(join(out, "index.html"), "utf8")).toContain("start to first step");
  const none = run("suite", "--only", "walk", "--backend", "cpu", "--out", out);
  expect(none.stderr).toMatch(/^tx-bench: --only: expected a part of step-small, .* got walk\n$/);
});
