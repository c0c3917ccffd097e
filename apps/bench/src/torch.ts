import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";

/** PyTorch in a process of its own that works when it is told to, so that both take turns. */
export class Torch {
  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly lines: AsyncIterator<string>,
    /** Version and threads, as PyTorch tells them. */
    readonly about: { readonly torch: string; readonly threads: number },
  ) {}

  /**
   * @param work What torch_bench.py calls it, with its options.
   * @throws Error with PyTorch's own last line if it does not start.
   */
  static async start(
    python: string,
    work: string,
    options: Record<string, string | number>,
  ): Promise<Torch> {
    const script = fileURLToPath(new URL("../python/torch_bench.py", import.meta.url));
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    // Its threads wait as they do by default: told to wait passively they are half as fast.
    const child = spawn(python, [script, work, ...flags]);
    const lines = linesOf(createInterface({ input: child.stdout }));
    let complaint = "";
    child.stderr.on("data", (piece) => {
      complaint += piece;
    });
    const failed = once(child, "error").then(([error]) => String((error as Error).message));
    const first = await Promise.race([lines.next(), failed]);
    if (typeof first === "string") throw new Error(first);
    if (first.done) throw new Error(complaint.trim().split("\n").at(-1) || "ended without a word");
    return new Torch(child, lines, JSON.parse(first.value));
  }

  /** One turn. */
  async round<Result>(): Promise<Result> {
    this.child.stdin.write("go\n");
    const line = await this.lines.next();
    if (line.done) throw new Error("torch: expected a result, got the end of its output");
    return JSON.parse(line.value) as Result;
  }

  stop(): void {
    this.child.stdin.end();
  }
}

function linesOf(reader: Interface): AsyncIterator<string> {
  return reader[Symbol.asyncIterator]();
}
