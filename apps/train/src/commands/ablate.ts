import { join } from "node:path";
import { type Ablation, ablationOf, layOut } from "../ablation/ablation";
import { ablationPage } from "../ablation/ablation-page";
import { type Cell, type CellResult, readCell, readResult } from "../ablation/cell";
import { CellsUnderWay, cellName } from "../ablation/cells-under-way";
import { runCells } from "../ablation/run-cells";
import { summaryOf } from "../ablation/summary";
import { alignedText, markdownText, tableOf } from "../ablation/table";
import { writePage } from "../report/write-page";
import { createCellsProgress } from "../terminal/cells-progress";
import { shellWord, some } from "../terminal/format";
import { jsonReporter } from "../terminal/json-reporter";
<<<<<<< HEAD
import { createProgress } from "../terminal/progress";
import { commandLine } from "../terminal/this-program";
=======
import { paintFor } from "../terminal/paint";
>>>>>>> ablation
import type { Interrupt } from "../training/interrupt";
import type { AblateLine } from "./command-line";

/**
 * Trains what is not finished of an ablation and writes its table and its page.
 *
 * @returns the exit code: 1 if a cell failed
 */
export async function ablateCommand(
  line: AblateLine,
  args: readonly string[],
  output: NodeJS.WriteStream,
  interrupt: Interrupt,
): Promise<number> {
  const ablation = await ablationOf(line);
  await layOut(ablation.cells);
  const open: Cell[] = [];
  for (const cell of ablation.cells) if (!(await readResult(cell.folder))) open.push(cell);
  const shown = line.mode === "people";
  const done = ablation.cells.length - open.length;
  if (shown) {
    const kept = done > 0 ? `, ${done} of them finished before` : "";
    output.write(
      `\n  ${ablation.axis}: ${some(ablation.cells.length, "cell")}${kept}\n  ${ablation.shared}\n\n`,
    );
    for (const reason of ablation.leftOut) output.write(`  left out: ${reason}\n`);
    if (ablation.leftOut.length > 0) output.write("\n");
  }
  const failures = await runAll(open, ablation, line, output, interrupt);
  const command = commandLine(
    ...args.filter((word) => word !== "--json" && word !== "--quiet").map(shellWord),
  );
  if (interrupt.requested) {
    if (shown) output.write(`\n  stopped; the same command goes on:\n  ${command}\n`);
    return interrupt.exitCode;
  }
  const results = await Promise.all(
    ablation.cells.map(async (cell) => ({ ...cell, result: await readResult(cell.folder) })),
  );
  const page = await write(ablation, results, { out: line.out, command, failures });
  if (shown) output.write(`\n${page.table}\n  written: ${page.path}\n`);
  else if (line.mode === "quiet") output.write(`${page.path}\n`);
  else output.write(`${JSON.stringify({ event: "end", page: page.path, rows: page.rows })}\n`);
  return failures.length > 0 ? 1 : 0;
}

/** Runs the cells and shows how far they are; gives what failed. */
async function runAll(
  cells: readonly Cell[],
  { cells: all }: Ablation,
  { jobs, mode }: AblateLine,
  output: NodeJS.WriteStream,
  interrupt: Interrupt,
): Promise<string[]> {
  const failures: string[] = [];
  const progress = createCellsProgress(output, jobs, paintFor(output));
  const underWay = new CellsUnderWay<Cell>(all.length, cells.length);
  const release = interrupt.onQuit;
  interrupt.onQuit = () => {
    progress.stop();
    release();
  };
  const show = () => {
    if (mode === "people") progress.show(underWay.report);
  };
  await runCells(
    cells,
    { jobs, signal: interrupt.stop },
    {
      step(cell, report) {
        underWay.step(cell, report);
        show();
      },
      end(cell, error) {
        underWay.end(cell);
        const { ended, of } = underWay.report;
        if (error !== null) failures.push(`${cellName(cell)}: ${error}`);
        const facts = { label: cell.label, seed: cell.seed, ended, of };
        if (mode === "json") {
          output.write(
            `${JSON.stringify({ event: "cell", ...facts, ...(error !== null && { error }) })}\n`,
          );
        } else if (mode === "people") {
          const note = error === null ? "done" : `failed: ${error.split("\n")[0]}`;
          progress.note(`  ${ended}/${of} ${cellName(cell)}: ${note}`);
        }
      },
    },
  );
  progress.stop();
  return failures;
}

async function write(
  { axis, lengths, leftOut, shared }: Ablation,
  results: readonly (Cell & { readonly result: CellResult | null })[],
  {
    out,
    command,
    failures,
  }: Pick<AblateLine, "out"> & { command: string; failures: readonly string[] },
) {
  const rows = summaryOf(results);
  const text = tableOf(rows, { axis, lengths });
  const backend =
    results.find(({ result }) => result !== null)?.result?.backend ?? "no cell finished";
  const path = join(out, "ablation.html");
  const facts = { axis, lengths, leftOut, command, backend, shared, failures };
  const notes = leftOut.map((reason) => `\nLeft out: ${reason}\n`);
  await writePage(join(out, "table.md"), [markdownText(text), ...notes].join(""));
  if (rows.length > 0) await writePage(path, ablationPage(rows, text, facts));
  return { path, rows, table: alignedText(text) };
}

/** A cell in a process of its own, which tells what happens in lines of JSON. */
export async function cellCommand(
  folder: string,
  output: NodeJS.WriteStream,
  interrupt: Interrupt,
): Promise<number> {
  const threads = Number(process.env.TX_TRAIN_THREADS ?? 0);
  if (threads > 0) {
    const { configureSimd } = await import("@tx/simd");
    configureSimd({ threads });
  }
  const { runCell } = await import("../ablation/run-cell");
  return runCell({ ...(await readCell(folder)), folder }, jsonReporter(output), interrupt);
}
