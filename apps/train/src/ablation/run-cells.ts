import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import type { Cell } from "./cell";

/** Told while cells run. */
export interface CellEvents {
  /** A training step of a cell. */
  step(
    cell: Cell,
    report: { readonly step: number; readonly steps: number; readonly loss: number },
  ): void;
  /** A cell has ended; an error is what its process said last. */
  end(cell: Cell, error: string | null): void;
}

/**
 * Runs cells in processes of their own, so many at a time. A cell that fails does not end the others.
 *
 * @param signal Once it is aborted, no further cell begins, and those that run save and stop.
 */
export async function runCells(
  cells: readonly Cell[],
  { jobs, signal }: { jobs: number; signal: AbortSignal },
  events: CellEvents,
): Promise<void> {
  const waiting = [...cells];
  const threads = Math.max(1, Math.floor(availableParallelism() / jobs));
  const worker = async () => {
    for (let cell = waiting.shift(); cell && !signal.aborted; cell = waiting.shift()) {
      const error = await runInProcess(cell, threads, signal, events);
      if (error !== undefined) events.end(cell, error);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, cells.length) }, worker));
}

/** What went wrong, null if nothing did, undefined if it was stopped. */
async function runInProcess(
  cell: Cell,
  threads: number,
  signal: AbortSignal,
  events: CellEvents,
): Promise<string | null | undefined> {
  // The program that runs now, however it was started.
  const program = [...process.execArgv, process.argv[1]!, "cell", cell.folder];
  const child = spawn(process.execPath, program, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TX_TRAIN_THREADS: String(threads) },
  });
  const stop = () => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop);
  try {
    const said = errorsOf(child);
    for await (const line of createInterface({ input: child.stdout! })) {
      const event = JSON.parse(line) as {
        event: string;
        step: number;
        steps: number;
        loss: number;
      };
      if (event.event === "step") events.step(cell, event);
    }
    const code = await new Promise<number | null>((resolve) => {
      if (child.exitCode !== null) resolve(child.exitCode);
      else child.once("close", resolve);
    });
    if (code === 0) return null;
    if (signal.aborted) return undefined;
    return said().trim() || `ended with exit code ${code}`;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function errorsOf(child: ChildProcess): () => string {
  let text = "";
  child.stderr!.on("data", (piece) => {
    text += piece;
  });
  return () => text;
}
