import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { PeerAbout, PeerError, PeerTurn } from "./request";

/**
 * A peer in a process of its own, which works when it is told to, so that all take turns. It prints a
 * line of JSON when it is ready and one after each turn; a turn begins with a line to it.
 */
export class PeerProcess {
  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly lines: AsyncIterator<string>,
    private readonly trouble: () => string,
    readonly about: PeerAbout,
  ) {}

  /** @throws Error with the peer's own words if it does not become ready. */
  static async start(command: string, args: readonly string[]): Promise<PeerProcess> {
    const child = spawn(command, args);
    let complaint = "";
    child.stderr.on("data", (piece) => {
      complaint += piece;
    });
    // A command that is not there; without a listener the program would end.
    child.on("error", ({ message }) => {
      complaint = message;
    });
    // A peer that has ended takes no more lines; its end is seen where its answer is read.
    child.stdin.on("error", () => {});
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const trouble = () => lastWordsOf(complaint);
    const about = await answerOf<PeerAbout>(lines, child, trouble);
    return new PeerProcess(child, lines, trouble, about);
  }

  /**
   * One turn.
   *
   * @throws Error with the peer's own words if it fails.
   */
  async turn<Turn extends object = PeerTurn>(): Promise<Turn> {
    this.child.stdin.write("go\n");
    return answerOf<Turn>(this.lines, this.child, this.trouble);
  }

  stop(): void {
    this.child.stdin.end();
  }
}

async function answerOf<Answer extends object>(
  lines: AsyncIterator<string>,
  child: ChildProcessWithoutNullStreams,
  trouble: () => string,
): Promise<Answer> {
  const line = await lines.next();
  if (line.done) {
    await ended(child);
    throw new Error(trouble() || `ended with ${child.signalCode ?? `exit code ${child.exitCode}`}`);
  }
  const answer = JSON.parse(line.value) as Answer | PeerError;
  if ("error" in answer) {
    child.stdin.end();
    throw new Error(answer.error);
  }
  return answer;
}

/** Its output ends before the process does, and before the last of its complaints is read. */
function ended(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
    return new Promise((resolve) => setImmediate(resolve));
  }
  return new Promise((resolve) => child.once("close", () => resolve()));
}

/** The line that says what went wrong: Python's last, or the first that Node calls an error. */
export function lastWordsOf(complaint: string): string {
  const lines = complaint.trim().split("\n");
  const named = lines.find((line) => /^\w*Error\b.*:/.test(line));
  const fatal = lines.find((line) => line.startsWith("FATAL ERROR"));
  return (fatal ?? named ?? lines.at(-1) ?? "").trim();
}
