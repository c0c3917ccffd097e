import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { questions } from "../questions";
import { untilInterrupted } from "./interrupt";
import { addQuestions } from "./question-commands";

const folder = mkdtempSync(join(tmpdir(), "tx-lab-"));
afterAll(() => rmSync(folder, { recursive: true }));
const log = vi.spyOn(console, "log").mockImplementation(() => {});
afterEach(() => {
  log.mockClear();
  process.exitCode = undefined;
});
const before = process.listenerCount("SIGINT");
const printed = () => log.mock.calls.map(([line]) => String(line)).join("\n");

/** Runs a command in this process; what it refuses is thrown. */
async function lab(...args: string[]): Promise<void> {
  const program = new Command("tx-lab").exitOverride();
  addQuestions(program);
  for (const command of program.commands) {
    command.exitOverride().configureOutput({ writeErr: () => {} });
  }
  await program.parseAsync(["node", "tx-lab", ...args]);
}

test("every question is listed, in both languages", async () => {
  await lab("list");
  for (const { id } of questions) expect(printed()).toContain(id);
  expect(printed()).toContain("Why are the scores divided by √d_k?");
  await lab("list", "--language", "zh");
  expect(printed()).toContain("为什么要除以 √d_k？");
});

test("a question writes its numbers, pictures and a page in both languages", async () => {
  const out = join(folder, "scaling");
  await lab("scaling", "--smallest", "--draws", "15", "--seed", "7", "--out", out);
  const json = JSON.parse(readFileSync(join(out, "scaling.json"), "utf8"));
  expect(json).toMatchObject({
    id: "scaling",
    question: 4,
    run: { seed: 7, values: { draws: 15 } },
  });
  expect(json.results.series[0].x).toHaveLength(10);
  const files = readdirSync(out).sort();
  expect(files).toContain("scaling-many.en.svg");
  expect(files).toContain("scaling-many.zh.svg");
  expect(files.filter((name) => name.endsWith(".part"))).toEqual([]);
  const picture = readFileSync(join(out, "scaling-many.en.svg"), "utf8");
  expect(picture).toMatch(/^<svg [^>]*><style>:root/);
  const page = readFileSync(join(out, "index.html"), "utf8");
  expect(page).toContain("Why are the scores divided by √d_k?");
  expect(page).toContain("为什么要除以 √d_k？");
  expect(page).toContain("npm run lab -- scaling --draws 15 --seed 7");
  expect(page).toContain("<math");
  // Complete in itself: nothing is loaded but what a link is followed to.
  expect(page).not.toMatch(/<(script|link|img|iframe)\b|@import|url\(http|NaN|undefined/);
  expect(printed()).toContain(`written: ${join(out, "index.html")}`);
});

test("what a parameter does not allow is refused in a line", async () => {
  const out = join(folder, "none");
  await expect(lab("scaling", "--draws", "3", "--out", out)).rejects.toThrow(
    "option '--draws <number>' argument '3' is invalid. expected a whole number from 5 to 2000.",
  );
  await expect(lab("scaling", "--language", "fr")).rejects.toThrow("Allowed choices are en, zh");
  await expect(lab("scalings")).rejects.toThrow("unknown command 'scalings'");
  expect(existsSync(out)).toBe(false);
});

test("Ctrl-C stops an experiment, and the program ends as one that was stopped", async () => {
  const out = join(folder, "stopped");
  const running = lab("heads", "--steps", "3000", "--out", out);
  const pressed = setInterval(() => {
    if (process.listenerCount("SIGINT") === before) return;
    clearInterval(pressed);
    process.emit("SIGINT");
  }, 20);
  try {
    await running;
  } finally {
    clearInterval(pressed);
  }
  expect(printed()).toContain("stopped; 0 of 1 are done");
  expect(process.exitCode).toBe(130);
  expect(existsSync(out)).toBe(false);
});
test("signals are not listened to before and after", async () => {
  await untilInterrupted(async () => {
    expect(process.listenerCount("SIGINT")).toBe(before + 1);
  });
  expect(process.listenerCount("SIGINT")).toBe(before);
});
