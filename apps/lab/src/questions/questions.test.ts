import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { useBackend } from "@tx/backend";
import { expectNoLeak } from "@tx/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Experiment, languages, type Results } from "../experiment/experiment";
import { runExperiment } from "../experiment/run";
import { completeValues } from "../experiment/values";
import { svgOf } from "../plot/svg-of";
import { readText } from "../text/read-text";
import { questions } from ".";

const room = fileURLToPath(new URL("../..", import.meta.url));
mkdirSync(join(room, "node_modules/.cache"), { recursive: true });
// Within the package, so that the imports of the code are resolved as its own.
const folder = mkdtempSync(join(room, "node_modules/.cache/code-"));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  await useBackend("simd");
});

test("questions are in order, and no two are the same", () => {
  const numbers = questions.map(({ question }) => question);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  expect(new Set(questions.map(({ id }) => id)).size).toBe(questions.length);
});

/** Results without what depends on the machine: times, and sentences made of them. */
function repeatable({ numbers, series, findings, ...rest }: Results) {
  const kept = <T extends { name: string }>(all: readonly T[]) =>
    all.filter(({ name }) => !/^(time|memory)-/.test(name));
  const timed = kept(numbers).length < numbers.length || kept(series).length < series.length;
  return {
    ...{ numbers: kept(numbers), series: kept(series) },
    ...(timed ? {} : { findings, ...rest }),
  };
}

describe.each(questions.map((experiment) => [experiment.id, experiment] as const))(
  "%s",
  // Far more than they need: one that is late would disturb the next.
  { timeout: 300_000 },
  (_, experiment) => {
    test("gives the same finite results and pictures from the same seed, and leaves nothing", async () => {
      const run = () => runExperiment(experiment, experiment.smallest, { seed: 3 });
      let results!: Results;
      await expectNoLeak(async () => {
        results = await run();
      });
      // runExperiment has checked that numbers are finite and that plots show what is there.
      expect(results.findings.length).toBeGreaterThan(0);
      const plots = experiment.plots(results);
      expect(plots.length).toBeGreaterThan(0);
      for (const plot of plots) {
        const svg = svgOf(plot, results, { language: "zh", width: 500, height: 300 });
        expect(svg).toMatch(/^<svg /);
        expect(svg).not.toMatch(/NaN|undefined/);
      }
      expect(repeatable(await run())).toEqual(repeatable(results));
    });

    test("stops with all that it held freed", async () => {
      for (const after of [1, 3]) {
        await expectNoLeak(() => expect(stoppedAfter(after, experiment)).rejects.toThrow("enough"));
      }
    });

    test.each(languages)("has a text in %s", (language) => {
      const { question, answer } = readText(experiment.id, language);
      expect(question.length).toBeGreaterThan(5);
      expect(answer).toMatch(/\$/);
      expect(/[\u4e00-\u9fff]/.test(question)).toBe(language === "zh");
    });

    test("has lines of code that run as they stand", async () => {
      expect(experiment.code.split("\n").length).toBeLessThanOrEqual(20);
      const log = vi.spyOn(console, "log").mockImplementation(() => {});
      try {
        const file = join(folder, `${experiment.id}.ts`);
        writeFileSync(file, experiment.code);
        await import(/* @vite-ignore */ file);
        expect(log).toHaveBeenCalled();
      } finally {
        log.mockRestore();
      }
    });

    test("has parameters that its budgets keep to", () => {
      expect(completeValues(experiment, experiment.smallest)).toBeTypeOf("object");
      expect(completeValues(experiment, completeValues(experiment, {}))).toEqual(
        completeValues(experiment, {}),
      );
      expect(experiment.references.length).toBeGreaterThan(0);
    });
  },
);

/** Runs an experiment and stops it when it has told of so many parts. */
function stoppedAfter(parts: number, experiment: Experiment): Promise<Results> {
  const stopping = new AbortController();
  let heard = 0;
  return runExperiment(experiment, longer(experiment), {
    ...{ seed: 3, signal: stopping.signal },
    onProgress: ({ partial }) => {
      if (partial) experiment.plots(partial);
      heard += 1;
      if (heard === parts) stopping.abort(new Error("enough"));
    },
  });
}

/** Values with which it yields more than once in a training: many steps, else as the smallest. */
function longer({ parameters, smallest }: Experiment) {
  return parameters.some(({ name }) => name === "steps") ? { ...smallest, steps: 300 } : smallest;
}
