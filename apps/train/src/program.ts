import type { CommandLine, TrainLine } from "./commands/command-line";
import { parseCommandLine } from "./commands/parse";
import { columnsOf } from "./terminal/columns";
import { jsonReporter, quietReporter } from "./terminal/json-reporter";
import { paintFor } from "./terminal/paint";
import { peopleReporter } from "./terminal/people-reporter";
import type { Reporter } from "./terminal/reporter";
import { deviceTrouble } from "./training/device-trouble";
import { Interrupt } from "./training/interrupt";
import { messageOf, UserError } from "./user-error";

/** Where the program writes: the process, or whatever has these streams. */
export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: Pick<NodeJS.WriteStream, "write">;
}

/** Runs the program and gives its exit code: 0, 1 for an error, 128 + signal when it was stopped. */
export async function program(args: readonly string[], streams: Streams): Promise<number> {
  try {
    const line = parseCommandLine(args, columnsOf(streams.stdout));
    return line === null ? 0 : await run(line, args, streams);
  } catch (error) {
    for (const line of complaint(error)) streams.stderr.write(`tx-train: ${line}\n`);
    return 1;
  }
}

/** Commands are loaded only now: --help and wrong options need no tfjs. */
async function run(
  line: CommandLine,
  args: readonly string[],
  { stdout }: Streams,
): Promise<number> {
  if (line.command === "list") {
    const { listParts } = await import("./commands/list");
    stdout.write(listParts(columnsOf(stdout), paintFor(stdout)));
    return 0;
  }
  const interrupt = new Interrupt();
  // Whoever reads the output has gone: there is nothing more to show.
  stdout.on("error", () => interrupt.requested || interrupt.ask("SIGTERM"));
  try {
    if (line.command === "train") return await trainFrom(line, stdout, interrupt);
    if (line.command === "generate") {
      const { generateCommand } = await import("./commands/generate");
      return await generateCommand(line, stdout, interrupt);
    }
    if (line.command === "evaluate") {
      const { evaluateCommand } = await import("./commands/evaluate");
      return await evaluateCommand(line, stdout, interrupt);
    }
    if (line.command === "compare") {
      const { compareCommand } = await import("./commands/compare");
      return await compareCommand(line, stdout);
    }
    if (line.command === "ablate") {
      const { ablateCommand } = await import("./commands/ablate");
      return await ablateCommand(line, args, stdout, interrupt);
    }
    if (line.command === "cell") {
      const { cellCommand } = await import("./commands/ablate");
      return await cellCommand(line.folder, stdout, interrupt);
    }
    const { exportCommand } = await import("./commands/export");
    return await exportCommand(line, stdout);
  } finally {
    interrupt.dispose();
  }
}

async function trainFrom(
  line: TrainLine,
  stdout: NodeJS.WriteStream,
  interrupt: Interrupt,
): Promise<number> {
  const { planOf } = await import("./runs/plan");
  const plan = await planOf(line);
  const reporter = reporterOf(line, stdout);
  interrupt.onQuit = () => {
    reporter.release();
    plan.folder.release();
  };
  try {
    const { trainCommand } = await import("./commands/train");
    return await trainCommand(plan, reporter, interrupt);
  } catch (error) {
    plan.folder.release();
    throw error;
  }
}

function reporterOf({ mode }: TrainLine, stdout: NodeJS.WriteStream): Reporter {
  if (mode === "json") return jsonReporter(stdout);
  return mode === "quiet" ? quietReporter(stdout) : peopleReporter(stdout);
}

/** A line for each thing that the user can put right; a stack only for our own mistakes. */
function complaint(error: unknown): string[] {
  if (error instanceof UserError) return error.message.split("\n");
  // A training has said more: this is of what only reads a run, which is as it was.
  if (deviceTrouble(error) !== null) return [messageOf(error)];
  return [error instanceof Error && error.stack !== undefined ? error.stack : String(error)];
}
