import { describe, expect, it } from "vitest";
import { allLine, cellLine, createCellsProgress } from "./cells-progress";

const running = [
  { name: "rope, seed 2", step: 812, steps: 1300, loss: 1.9123 },
  { name: "nope, seed 1", step: 7, steps: 1300, loss: 4.5 },
];
const report = { ended: 3, of: 51, running, secondsLeft: 1330 };

describe("lines of an ablation", () => {
  it("say cells done, running ones and time left", () => {
    expect(allLine(report, 60)).toBe("  3/51 cells ██░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 22:10 left");
    expect(cellLine(running[1]!, 60)).toBe(
      "    nope, seed 1     7/1300 ░░░░░░░░░░░░░░░░░░░░ loss 4.500",
    );
  });

  it.each([20, 40, 60, 80, 200])("stay below %i columns", (columns) => {
    expect(allLine(report, columns).length).toBeLessThan(columns);
    expect(cellLine(running[0]!, columns).length).toBeLessThan(columns);
  });
});

describe("createCellsProgress", () => {
  const streamOf = (more: object) => {
    const written: string[] = [];
    const write = (piece: string) => written.push(piece) > 0;
    return { written, stream: { write, ...more } as unknown as NodeJS.WriteStream };
  };

  it("prints a plain line now and then where there is no terminal", () => {
    const { written, stream } = streamOf({});
    const progress = createCellsProgress(stream, 2);
    progress.show(report);
    progress.show(report);
    progress.note("  4/51 rope, seed 2: done");
    progress.stop();
    expect(written).toEqual([
      "  3/51 cells  rope, seed 2: step 812/1300 loss 1.912  nope, seed 1: step 7/1300 loss 4.500  22:10 left\n",
      "  4/51 rope, seed 2: done\n",
    ]);
  });

  it("keeps a line for all cells and one for each that runs on a terminal", () => {
    const nothing = () => true;
    const { written, stream } = streamOf({
      ...{ isTTY: true, columns: 60, on: nothing, cursorTo: nothing, moveCursor: nothing },
      ...{ clearLine: nothing, clearScreenDown: nothing, removeListener: nothing },
    });
    const progress = createCellsProgress(stream, 2);
    progress.note("  begins");
    progress.show(report);
    progress.stop();
    const all = written.join("");
    expect(all).toContain("  begins\n");
    for (const line of [allLine(report, 60), ...running.map((cell) => cellLine(cell, 60))]) {
      expect(all).toContain(line);
    }
  });
});
