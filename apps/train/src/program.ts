import { Interrupt } from "./interrupt";
import { parseCommandLine } from "./options";
import { prepare } from "./prepare";
import { UserError } from "./user-error";

/** Where the program writes: the process, or whatever has these streams. */
export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: Pick<NodeJS.WriteStream, "write">;
}

/** Runs the program and gives its exit code: 0, 1 for an error, 128 + signal when it was stopped. */
export async function program(args: readonly string[], streams: Streams): Promise<number> {
  try {
    return await trainFrom(args, streams.stdout);
  } catch (error) {
    for (const line of complaint(error)) streams.stderr.write(`tx-train: ${line}\n`);
    return 1;
  }
}

async function trainFrom(args: readonly string[], stdout: NodeJS.WriteStream): Promise<number> {
  const line = parseCommandLine(args, stdout.columns);
  if (line === null) return 0;
  const plan = await prepare(line);
  const interrupt = new Interrupt();
  interrupt.onQuit = () => plan.folder.release();
  try {
    // Loaded only now: --help and wrong options need no tfjs.
    const { run } = await import("./run");
    return await run(plan, stdout, interrupt);
  } catch (error) {
    plan.folder.release();
    throw error;
  } finally {
    interrupt.dispose();
  }
}

/** A line for each thing that the user can put right; a stack only for our own mistakes. */
function complaint(error: unknown): string[] {
  if (error instanceof UserError) return error.message.split("\n");
  return [error instanceof Error && error.stack !== undefined ? error.stack : String(error)];
}
