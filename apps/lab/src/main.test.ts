import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { catalogue } from "./positions/catalogue";

const folder = mkdtempSync(join(tmpdir(), "tx-lab-"));
afterAll(() => rmSync(folder, { recursive: true }));

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const tsx = pathToFileURL(createRequire(here("../../../package.json")).resolve("tsx")).href;
const lab = (...args: string[]) =>
  spawnSync(process.execPath, ["--import", tsx, here("main.ts"), ...args], { encoding: "utf8" });

test("writes a page with a picture of every strategy", () => {
  const out = join(folder, "new", "page.html");
  const { status, stdout } = lab("positions", "--out", out, "--length", "5", "--heads", "3");
  expect([status, stdout.trim().split("\n").at(-1)]).toEqual([0, `written: ${out}`]);
  const page = readFileSync(out, "utf8");
  expect(page.match(/<svg /g)).toHaveLength(catalogue.length);
  for (const { name } of catalogue) expect(page).toContain(`<h2>${name.en}</h2>`);
  expect(page).toContain("positions 0 to 4");
  expect(page).not.toMatch(/NaN|undefined/);
  expect(readdirSync(join(folder, "new"))).toEqual(["page.html"]);
});

test("says in a line what is wrong, and leaves what was there", () => {
  const refused = (...args: string[]) => {
    const { status, stderr } = lab("positions", ...args);
    return [status, stderr.trim().split("\n").at(-1)];
  };
  expect(refused("--length", "65")).toEqual([
    1,
    "error: option '--length <tokens>' argument '65' is invalid. expected a whole number from 2 to 64.",
  ]);
  const kept = join(folder, "kept.html");
  writeFileSync(kept, "old");
  mkdirSync(join(folder, "taken"));
  const [status, line] = refused("--out", join(folder, "taken"), "--length", "2");
  expect(status).toBe(1);
  expect(line).toMatch(/^tx-lab: --out: expected a file that can be written, got EISDIR/);
  expect(refused("--out", kept, "--heads", "0")[0]).toBe(1);
  expect(readFileSync(kept, "utf8")).toBe("old");
  expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
});
