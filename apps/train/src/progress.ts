import { MultiBar } from "cli-progress";
import { clock, grouped, shortRate } from "./format";

/** What is shown after a step. */
export interface StepReport {
  readonly step: number;
  readonly steps: number;
  /** Nats per character. */
  readonly loss: number;
  readonly tokensPerSecond: number;
  readonly rate: number;
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

/** A live line on a terminal; elsewhere a plain line now and then. */
export function createProgress(stream: NodeJS.WriteStream, secondsBetweenLines = 10): Progress {
  return stream.isTTY ? liveProgress(stream) : plainProgress(stream, secondsBetweenLines);
}

function liveProgress(stream: NodeJS.WriteStream): Progress {
  const bars = new MultiBar({
    stream,
    format: (_options, _params, report: StepReport) => liveLine(report, stream.columns),
    fps: 8,
    hideCursor: true,
    clearOnComplete: true,
    // Ctrl-C belongs to the training, which saves first.
    gracefulExit: false,
  });
  let bar: ReturnType<MultiBar["create"]> | null = null;
  return {
    step: (report) => {
      bar ??= bars.create(report.steps, report.step, report);
      bar.update(report.step, report);
    },
    note: (line) => {
      if (bar === null) stream.write(`${line}\n`);
      else bars.log(`${line}\n`);
    },
    stop: () => {
      if (bar === null) return;
      // Shows the notes that are still waiting.
      bars.update();
      bars.stop();
      bar = null;
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
export function liveLine(report: StepReport, columns = 80): string {
  const steps = String(report.steps);
  const count = `  ${String(report.step).padStart(steps.length)}/${steps} `;
  const facts = factsOf(report);
  const room = columns - 1 - count.length - facts.length - 1;
  const width = Math.min(room, 30);
  const filled = Math.round((report.step / report.steps) * width);
  const bar = width < 4 ? "" : `${"█".repeat(filled)}${"░".repeat(width - filled)} `;
  return `${count}${bar}${facts}`.slice(0, columns - 1);
}

/** `  step 120/600  loss 2.512  5,120 tokens/s  rate 2.9e-3  0:42 left` */
export function plainLine(report: StepReport): string {
  return `  step ${report.step}/${report.steps}  ${factsOf(report)}`;
}

function factsOf({ loss, tokensPerSecond, rate, secondsLeft }: StepReport): string {
  const speed = `${grouped(tokensPerSecond)} tokens/s`;
  const left = `${clock(secondsLeft)} left`;
  return `loss ${loss.toFixed(3)}  ${speed}  rate ${shortRate(rate)}  ${left}`;
}
