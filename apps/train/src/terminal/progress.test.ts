import { describe, expect, it } from "vitest";
import { createProgress, curveLine, liveLine, plainLine } from "./progress";

const report = { step: 120, steps: 600, loss: 2.5118, tokensPerSecond: 5120.4, rate: 0.00287 };
const first = { ...report, secondsLeft: 42 };

describe("liveLine", () => {
  it("says step, loss, speed, rate and time left", () => {
    expect(liveLine(first, 80)).toBe(
      "  120/600 ████░░░░░░░░░░░░░░ loss 2.512  5,120 tokens/s  rate 2.9e-3  0:42 left",
    );
  });

  it.each([20, 40, 60, 72, 80, 200])("stays below %i columns", (columns) => {
    const large = { ...first, step: 1_000_000, steps: 1_000_000, tokensPerSecond: 1e7 };
    expect(liveLine(first, columns).length).toBeLessThan(columns);
    expect(liveLine({ ...large, secondsLeft: 1e5 }, columns).length).toBeLessThan(columns);
  });
});

describe("createProgress", () => {
  it("prints the first step, the last and the notes where there is no terminal", () => {
    const written: string[] = [];
    const stream = { write: (piece: string) => written.push(piece) };
    const progress = createProgress(stream as unknown as NodeJS.WriteStream);
    for (const step of [1, 2, 3]) progress.step({ ...first, step, steps: 3 });
    progress.note("  saved");
    progress.stop();
    expect(written).toEqual([
      `${plainLine({ ...first, step: 1, steps: 3 })}\n`,
      "  step 3/3  loss 2.512  5,120 tokens/s  rate 2.9e-3  0:42 left\n",
      "  saved\n",
    ]);
  });
});

describe("curveLine", () => {
  it("draws the loss from the first to the last within the columns", () => {
    expect(curveLine([4, 3, 2, 1])).toBe("  loss 4.00 █▆▃▁ 1.00");
    const many = Array.from({ length: 1000 }, (_, n) => 1000 - n);
    expect(curveLine(many, 40)).toHaveLength(39);
    expect(curveLine([])).toBe("");
  });
});
