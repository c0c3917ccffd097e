import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Ended {
  /** The exit code, or the name of the signal that ended it. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program, which may import "./src/index.ts", in a Node process of its own until it ends. */
export function runNode(program: string): Promise<Ended> {
  const options = { cwd: fileURLToPath(new URL("../..", import.meta.url)), timeout: 110_000 };
  const flags = ["--import", "tsx", "--expose-gc", "--input-type=module", "--eval", program];
  return new Promise((resolve) => {
    execFile(process.execPath, flags, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.signal ?? error.code ?? -1), stdout, stderr });
    });
  });
}
