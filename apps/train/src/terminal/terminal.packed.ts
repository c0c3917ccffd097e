import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { eventsOf, packedProgram, printed } from "../testing/packed-program";

const { at, onTerminal, run } = await packedProgram();
const model = "--layers 1 --heads 2 --d-model 8 --length 7 --batch 2 --backend cpu";
const tiny = `--text text.txt ${model} --eval-every 50 --eval-tokens 40 --final-tokens 40 --sample 9`;

beforeAll(() => writeFile(at("text.txt"), "The whale is seven fathoms down.\n".repeat(30)));

const [esc, bell] = ["\x1b", "\x07"];
const controls = new RegExp(`${esc}\\[[0-9;?]*[A-Za-z]|${bell}`, "g");
const colours = new RegExp(`${esc}\\[[0-9;]*m`);
const hidden = `${esc}[?25l`;
const shown = `${esc}[?25h`;

/** The lines that a terminal was given, one for each time that it was drawn. */
const drawn = (text: string) =>
  text.split(new RegExp(`\\r?\\n|\\r|${esc}\\[1G`)).map((line) => line.replaceAll(controls, ""));

/** Whether the program `script` of util-linux is there, and the system gives it a terminal. */
const terminals = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;

describe.runIf(terminals)("on a terminal", () => {
  it("there is a live line with the time left, and a curve, in colours", async () => {
    const { code, stdout } = await onTerminal(`${tiny} --steps 120 --out live`, 72).ended;
    expect(code).toBe(0);
    const lines = drawn(stdout);
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^ +\d+\/120 █*░* loss \d\.\d{3} {2}[\d,]+ tokens\/s {2}rate \d\.\de-\d {2}0:\d\d left$/,
      ),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}loss \d\.\d\d [▁▂▃▄▅▆▇█]+ \d\.\d\d$/));
    expect(lines).toContainEqual(
      expect.stringMatching(/^ {2}step 100: validation loss \d\.\d{4}, saved$/),
    );
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(72);
    expect(stdout).toMatch(colours);
    // The terminal is left as it was found.
    expect(stdout.lastIndexOf(hidden)).toBeLessThan(stdout.lastIndexOf(shown));
    expect(stdout.lastIndexOf(`${esc}[?7l`)).toBeLessThan(stdout.lastIndexOf(`${esc}[?7h`));
  });

  it("Ctrl-C saves, says how to go on, and leaves the terminal as it was", async () => {
    const running = onTerminal(`${tiny} --steps 5000 --out typed`, 80);
    await printed(running, /left/);
    running.child.stdin.write("\x03");
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    const lines = drawn(stdout);
    expect(lines).toContainEqual(
      expect.stringMatching(
        /stopping: finishes this step and saves \(Ctrl-C again quits at once\)$/,
      ),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^ {2}stopped after \d+ steps? in \d+:\d\d/),
    );
    expect(lines).toContain("  go on        npx tx-train resume typed");
    expect(stdout.lastIndexOf(hidden)).toBeLessThan(stdout.lastIndexOf(shown));
  });

  it("NO_COLOR takes the colours, and TERM=dumb all that moves", async () => {
    const plain = await onTerminal(`${tiny} --steps 20 --out plain`, 72, { NO_COLOR: "1" }).ended;
    expect([plain.code, plain.stdout.includes(hidden)]).toEqual([0, true]);
    expect(plain.stdout).not.toMatch(colours);
    const dumb = await onTerminal(`${tiny} --steps 20 --out dumb`, 72, { TERM: "dumb" }).ended;
    expect([dumb.code, dumb.stdout.includes(esc)]).toEqual([0, false]);
    expect(dumb.stdout).toMatch(/ {2}step 20\/20 {2}loss /);
  });
});

describe("in a pipe", () => {
  it("there are plain lines, without a colour", async () => {
    const { code, stdout, stderr } = await run(`${tiny} --steps 3 --out piped`);
    expect([code, stderr, stdout.includes(esc), stdout.includes("\r")]).toEqual([
      ...[0, "", false, false],
    ]);
    expect(stdout).toMatch(/ {2}step 3\/3 {2}loss \d\.\d{3} .* 0:00 left\n/);
  });

  it("--quiet prints the folder alone, --json lines of JSON alone, errors go elsewhere", async () => {
    expect(await run(`${tiny} --steps 3 --out quiet --quiet`)).toMatchObject({
      ...{ code: 0, stdout: "quiet\n", stderr: "" },
    });
    const { stdout } = await run(`${tiny} --steps 3 --out lines --json`);
    expect(eventsOf(stdout).map(({ event }) => event)).toEqual([
      ...["start", "step", "step", "step", "trained", "final", "sample", "end"],
    ]);
    const wrong = await run(`${tiny} --steps 3 --out quiet --json`);
    expect([wrong.code, wrong.stdout]).toEqual([1, ""]);
    expect(wrong.stderr).toMatch(/^tx-train: out: expected a new or empty folder, [^\n]+\n$/);
  });
});
