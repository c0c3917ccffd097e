import { MultiBar } from "cli-progress";
import { clock } from "./format";
import type { Paint } from "./paint";

/** How far cells are that train at once. */
export interface CellsReport {
  readonly ended: number;
  /** Number of all cells. */
  readonly of: number;
  readonly running: readonly {
    readonly name: string;
    readonly step: number;
    readonly steps: number;
    readonly loss: number;
  }[];
  readonly secondsLeft: number;
}

type RunningCell = CellsReport["running"][number];

/** Where an ablation shows itself while it runs. */
interface CellsProgress {
  show(report: CellsReport): void;
  /** A line that stays. */
  note(line: string): void;
  /** Leaves the terminal as it was found. */
  stop(): void;
}

/**
 * On a terminal a live line for all cells and one for each that runs; elsewhere a plain line now and
 * then.
 *
 * @param jobs Most cells that run at once.
 */
export function createCellsProgress(
  stream: NodeJS.WriteStream,
  jobs: number,
  paint: Paint = (_, text) => text,
  secondsBetweenLines = 10,
): CellsProgress {
  return stream.isTTY ? live(stream, jobs, paint) : plain(stream, secondsBetweenLines);
}

function live(stream: NodeJS.WriteStream, jobs: number, paint: Paint): CellsProgress {
  let report: CellsReport | null = null;
  const bars = new MultiBar({
    ...{ stream, fps: 4, hideCursor: true, clearOnComplete: true },
    format: () => (report ? allLine(report, stream.columns, paint) : ""),
    // Ctrl-C belongs to the program, which lets the cells save first.
    gracefulExit: false,
  });
  let lines: ReturnType<MultiBar["create"]>[] = [];
  const lineOf = (place: number) => () => {
    const cell = report?.running[place];
    return cell ? cellLine(cell, stream.columns, paint) : "";
  };
  return {
    show(now) {
      report = now;
      if (lines.length === 0) {
        lines = Array.from({ length: 1 + jobs }, (_, n) =>
          bars.create(now.of, now.ended, {}, n === 0 ? {} : { format: lineOf(n - 1) }),
        );
      }
      for (const line of lines) line.update(Math.min(now.ended, now.of - 1));
    },
    note(line) {
      if (lines.length === 0) stream.write(`${line}\n`);
      else bars.log(`${line}\n`);
    },
    stop() {
      if (lines.length === 0) return;
      // Shows the notes that are still waiting.
      bars.update();
      bars.stop();
      lines = [];
    },
  };
}

function plain(stream: NodeJS.WriteStream, secondsBetweenLines: number): CellsProgress {
  let shown = Number.NEGATIVE_INFINITY;
  return {
    show(report) {
      const now = performance.now() / 1000;
      if (now - shown < secondsBetweenLines) return;
      shown = now;
      stream.write(`${plainCellsLine(report)}\n`);
    },
    note: (line) => stream.write(`${line}\n`),
    stop: () => {},
  };
}

/** `  3/51 cells ████░░░░░░░░░░░░░░░░░░░░░░░░░░ 22:10 left`, within the columns. */
export function allLine(
  { ended, of, running, secondsLeft }: CellsReport,
  columns = 80,
  paint: Paint = (_, text) => text,
): string {
  const count = `  ${ended}/${of} cells `;
  const left = `${clock(secondsLeft)} left`;
  const done = ended + running.reduce((sum, { step, steps }) => sum + step / steps, 0);
  return withBar(count, done / of, left, columns, paint);
}

/** `  rope, seed 2  812/1300 ██████████░░░░░ loss 1.912`, within the columns. */
export function cellLine(
  { name, step, steps, loss }: RunningCell,
  columns = 80,
  paint: Paint = (_, text) => text,
): string {
  const count = `    ${name}  ${String(step).padStart(String(steps).length)}/${steps} `;
  return withBar(count, step / steps, `loss ${loss.toFixed(3)}`, columns, paint);
}

function withBar(
  before: string,
  share: number,
  after: string,
  columns: number,
  paint: Paint,
): string {
  const width = Math.min(columns - 1 - before.length - after.length - 1, 30);
  if (width < 4) return `${before}${after}`.slice(0, columns - 1);
  const filled = Math.round(Math.min(1, share) * width);
  const bar = paint("cyan", "█".repeat(filled)) + paint("dim", "░".repeat(width - filled));
  return `${before}${bar} ${after}`;
}

/** `  3/51 cells  rope, seed 2: step 812/1300 loss 1.912  22:10 left` */
function plainCellsLine({ ended, of, running, secondsLeft }: CellsReport): string {
  const each = running.map(
    ({ name, step, steps, loss }) => `${name}: step ${step}/${steps} loss ${loss.toFixed(3)}`,
  );
  return [`  ${ended}/${of} cells`, ...each, `${clock(secondsLeft)} left`].join("  ");
}
