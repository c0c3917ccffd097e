// @boundaries-ignore the scripts of the repository are nobody\'s package
import { runGit, runNode, runNpm, runNpx } from "../../scripts/processes.mjs";

const runners = { git: runGit, node: runNode, npm: runNpm, npx: runNpx };
const LINES = 40;

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Record<string, string>;
}

/**
 * Runs a program to its end and gives what it wrote to its standard output.
 *
 * @throws Error with its last lines if it ends with anything but 0.
 */
export async function run(
  program: keyof typeof runners,
  args: readonly string[],
  { cwd, env = {} }: RunOptions,
): Promise<string> {
  let [all, out] = ["", ""];
  const code = await runners[program](args, {
    cwd,
    env,
    onOutput: (piece, stream) => {
      all += piece;
      if (stream === process.stdout) out += piece;
    },
  });
  if (code === 0) return out;
  const last = all.trimEnd().split("\n").slice(-LINES).join("\n");
  throw new Error(
    `${program} ${args.join(" ")}: expected exit code 0, got ${code}, in ${cwd}:\n${last}`,
  );
}
