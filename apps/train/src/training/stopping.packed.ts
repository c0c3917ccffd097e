import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { contents } from "../testing/contents";
import { eventsOf, packedProgram, printed } from "../testing/packed-program";

const { at, run, start } = await packedProgram();
const steps = 160;
const model = "--layers 1 --heads 2 --d-model 8 --length 7 --batch 2 --dropout 0.1 --backend cpu";
const line = `--text text.txt ${model} --steps ${steps} --eval-every 40 --eval-tokens 40 --final-tokens 40 --sample 9 --json`;
let whole: unknown;

beforeAll(async () => {
  const text = (n: number) => `Line ${n}: the whale is ${n % 7} fathoms down.\n`;
  await writeFile(at("text.txt"), Array.from({ length: 40 }, (_, n) => text(n)).join(""));
  expect((await run(`${line} --out whole`)).code).toBe(0);
  whole = await contents(at("whole"));
});

const kindsOf = (stdout: string) => eventsOf(stdout).map(({ event }) => event);

/** The step that a run goes on from, to its end. */
async function resumed(folder: string): Promise<number> {
  const { code, stdout, stderr } = await run(`resume ${folder} --json`);
  expect([code, stderr]).toEqual([0, ""]);
  const [{ from }] = eventsOf(stdout) as [{ from: { step: number } }];
  return from.step;
}

describe("a run that is stopped", () => {
  it("is saved at Ctrl-C and at an end from outside, and ends as if nothing had been", async () => {
    const first = start(`${line} --out stopped`);
    await printed(first, /"event":"step"/);
    first.child.kill("SIGINT");
    const { code, stdout, stderr } = await first.ended;
    expect([code, stderr]).toEqual([130, ""]);
    expect(kindsOf(stdout).filter((kind) => kind !== "step")).toEqual(
      expect.arrayContaining(["start", "stopping", "trained", "end"]),
    );
    expect(kindsOf(stdout)).not.toContain("final");
    const { step } = eventsOf(stdout).at(-1) as { step: number };
    expect(step).toBeLessThan(steps);

    const second = start("resume stopped --json");
    await printed(second, /"event":"step"/);
    second.child.kill("SIGTERM");
    const { code: again, stdout: more } = await second.ended;
    expect([again, eventsOf(more)[0]]).toEqual([143, expect.objectContaining({ event: "start" })]);
    expect(eventsOf(more)[0]).toMatchObject({ from: { folder: "stopped", step } });

    expect(await resumed("stopped")).toBeGreaterThan(step);
    expect(await contents(at("stopped"))).toEqual(whole);
  });

  it("quits at once at a second Ctrl-C, and what was saved is whole", async () => {
    const hasty = start(`${line} --out hasty`);
    await printed(hasty, /"event":"evaluation"/);
    hasty.child.kill("SIGINT");
    await printed(hasty, /"event":"stopping"/);
    // Held still until the second press is no longer taken for an echo of the first.
    hasty.child.kill("SIGSTOP");
    await sleep(400);
    hasty.child.kill("SIGINT");
    hasty.child.kill("SIGCONT");
    const { code, stdout } = await hasty.ended;
    expect([code, kindsOf(stdout).includes("end")]).toEqual([130, false]);
    expect(await resumed("hasty")).toBeGreaterThanOrEqual(40);
    expect(await contents(at("hasty"))).toEqual(whole);
  });

  it("goes on from its last save where it was killed", async () => {
    const killed = start(`${line} --out killed`);
    await printed(killed, /"event":"evaluation".*\n.*"event":"step"/);
    killed.child.kill("SIGKILL");
    const { signal, stdout } = await killed.ended;
    expect(signal).toBe("SIGKILL");
    const last = eventsOf(`${stdout.slice(0, stdout.lastIndexOf("\n"))}`);
    const saved = last.filter(({ event }) => event === "evaluation").at(-1)!.step as number;
    const from = await resumed("killed");
    // It may have been killed between a save and the line that tells of it.
    expect([saved, saved + 40]).toContain(from);
    expect(await contents(at("killed"))).toEqual(whole);
  });

  it("is saved where nobody reads on", async () => {
    const unread = start(`${line} --out unread`);
    await printed(unread, /"event":"step"/);
    unread.child.stdout.destroy();
    const { code, stderr } = await unread.ended;
    expect([code, stderr]).toEqual([143, ""]);
    expect(await resumed("unread")).toBeLessThan(steps);
    expect(await contents(at("unread"))).toEqual(whole);
  });
});
