import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const tsx = pathToFileURL(createRequire(here("../../../package.json")).resolve("tsx")).href;

/** A process that loads every package, on a machine that may be loaded. */
const PATIENCE = 300_000;

test(
  "what the user can put right is said in a line",
  () => {
    const args = ["positions", "--out", tmpdir(), "--length", "2"];
    const program = ["--import", tsx, here("main.ts")];
    const { status, stderr } = spawnSync(process.execPath, [...program, ...args], {
      encoding: "utf8",
    });
    expect(status).toBe(1);
    // Above it tfjs says that there are faster backends.
    expect(stderr.trim().split("\n").at(-1)).toMatch(
      /^tx-lab: --out: expected a file that can be written, got E/,
    );
  },
  PATIENCE,
);
