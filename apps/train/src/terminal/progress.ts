import { MultiBar } from "cli-progress";
import { columnsOf, isLive } from "./columns";
import { clock, grouped, shortRate } from "./format";
import type { Paint } from "./paint";
import { sparkline } from "./sparkline";

/** What is shown after a step. */
export interface StepReport {
  readonly step: number;
  readonly steps: number;
  /** Nats per token. */
  readonly loss: number;
  readonly tokensPerSecond?: number;
  readonly rate?: number;
  readonly secondsLeft: number;
}

/** Where the training shows itself while it runs. */
export interface Progress {
  step(report: StepReport): void;
  /** A line that stays. */
  note(line: string): void;
  /** Leaves the terminal as it was found. */
  stop(): void;
}

/** A live line and a small curve of the loss on a terminal; elsewhere a plain line now and then. */
export function createProgress(
  stream: NodeJS.WriteStream,
  paint: Paint = (_, text) => text,
  secondsBetweenLines = 10,
): Progress {
  return isLive(stream) ? liveProgress(stream, paint) : plainProgress(stream, secondsBetweenLines);
}

function liveProgress(stream: NodeJS.WriteStream, paint: Paint): Progress {
  const losses: number[] = [];
  const bars = new MultiBar({
    stream,
    format: (_options, _params, report: StepReport) => liveLine(report, columnsOf(stream), paint),
    fps: 8,
    hideCursor: true,
    clearOnComplete: true,
    // Ctrl-C belongs to the training, which saves first.
    gracefulExit: false,
  });
  let lines: ReturnType<MultiBar["create"]>[] = [];
  const curve = {
    format: () => curveLine(losses, columnsOf(stream), paint),
  };
  return {
    step: (report) => {
      losses.push(report.loss);
      if (lines.length === 0) {
        lines = [
          bars.create(report.steps, report.step, report),
          bars.create(report.steps, report.step, report, curve),
        ];
      }
      for (const line of lines) line.update(report.step, report);
    },
    note: (line) => {
      if (lines.length === 0) stream.write(`${line}\n`);
      else bars.log(`${line}\n`);
    },
    stop: () => {
      if (lines.length === 0) return;
      // Shows the notes that are still waiting.
      bars.update();
      bars.stop();
      lines = [];
    },
  };
}

function plainProgress(stream: NodeJS.WriteStream, secondsBetweenLines: number): Progress {
  let shown = Number.NEGATIVE_INFINITY;
  return {
    step: (report) => {
      const now = performance.now() / 1000;
      if (now - shown < secondsBetweenLines && report.step < report.steps) return;
      shown = now;
      stream.write(`${plainLine(report)}\n`);
    },
    note: (line) => stream.write(`${line}\n`),
    stop: () => {},
  };
}

/** `  120/600 ████████░░░░░░ loss 2.512  5,120 tokens/s  rate 2.9e-3  0:42 left`, within the columns. */
export function liveLine(
  report: StepReport,
  columns = 80,
  paint: Paint = (_, text) => text,
): string {
  const steps = String(report.steps);
  const count = `  ${String(report.step).padStart(steps.length)}/${steps} `;
  const facts = factsOf(report);
  const room = columns - 1 - count.length - facts.length - 1;
  const width = Math.min(room, 30);
  if (width < 4) return `${count}${facts}`.slice(0, columns - 1);
  const filled = Math.round((report.step / report.steps) * width);
  const bar = paint("cyan", "█".repeat(filled)) + paint("dim", "░".repeat(width - filled));
  return `${count}${bar} ${facts}`;
}

/** `  loss 4.48 ▇▆▅▃▂▂▁ 1.76`: from the first to the last. */
export function curveLine(
  losses: readonly number[],
  columns = 80,
  paint: Paint = (_, text) => text,
): string {
  if (losses.length === 0) return "";
  const [first, last] = [losses[0]!.toFixed(2), losses.at(-1)!.toFixed(2)];
  const width = Math.min(60, columns - 1 - `  loss ${first}  ${last}`.length);
  // A spike above the first loss would leave everything else flat.
  const shown = losses.map((loss) => Math.min(loss, losses[0]!));
  return `  loss ${first} ${paint("cyan", sparkline(shown, width))} ${last}`;
}

/** `  step 120/600  loss 2.512  5,120 tokens/s  rate 2.9e-3  0:42 left` */
export function plainLine(report: StepReport): string {
  return `  step ${report.step}/${report.steps}  ${factsOf(report)}`;
}

function factsOf({ loss, tokensPerSecond, rate, secondsLeft }: StepReport): string {
  return [
    `loss ${loss.toFixed(3)}`,
    ...(tokensPerSecond === undefined ? [] : [`${grouped(tokensPerSecond)} tokens/s`]),
    ...(rate === undefined ? [] : [`rate ${shortRate(rate)}`]),
    `${clock(secondsLeft)} left`,
  ].join("  ");
}
