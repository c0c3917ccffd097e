import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, expect, test, vi } from "vitest";
import { catalogue } from "./catalogue";
import { addPositions } from "./command";

const folder = mkdtempSync(join(tmpdir(), "tx-lab-"));
afterAll(() => rmSync(folder, { recursive: true }));
const log = vi.spyOn(console, "log").mockImplementation(() => {});

/** Runs the command in this process; what it refuses is thrown. */
async function positions(...args: string[]): Promise<void> {
  const program = new Command("tx-lab");
  addPositions(program);
  for (const command of program.commands) {
    command.exitOverride().configureOutput({ writeErr: () => {} });
  }
  await program.parseAsync(["node", "tx-lab", "positions", ...args]);
}

test("writes a page with a picture of every strategy", async () => {
  const out = join(folder, "new", "page.html");
  await positions("--out", out, "--length", "5", "--heads", "3");
  expect(log).toHaveBeenLastCalledWith(`written: ${out}`);
  const page = readFileSync(out, "utf8");
  expect(page.match(/<svg /g)).toHaveLength(catalogue.length);
  for (const { name } of catalogue) expect(page).toContain(`<h2>${name.en}</h2>`);
  expect(page).toContain("positions 0 to 4");
  expect(page).not.toMatch(/NaN|undefined/);
  expect(readdirSync(join(folder, "new"))).toEqual(["page.html"]);
});

test("says in a line what is wrong, and leaves what was there", async () => {
  await expect(positions("--length", "65")).rejects.toThrow(
    "error: option '--length <tokens>' argument '65' is invalid. expected a whole number from 2 to 64.",
  );
  const kept = join(folder, "kept.html");
  writeFileSync(kept, "old");
  mkdirSync(join(folder, "taken"));
  await expect(positions("--out", join(folder, "taken"), "--length", "2")).rejects.toThrow(
    /^--out: expected a file that can be written, got EISDIR/,
  );
  await expect(positions("--out", kept, "--heads", "0")).rejects.toThrow("heads");
  expect(readFileSync(kept, "utf8")).toBe("old");
  expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
});
