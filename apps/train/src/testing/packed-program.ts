import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder in which the packed program is installed. */
    installed: string;
  }
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
}

export interface StartOptions {
  /** Arguments of node before the program. */
  readonly node?: readonly string[];
  /** What runs node with the program, such as a shell with a limit. */
  readonly under?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A command line in words; what has spaces stands in single quotes. */
export const wordsOf = (line: string): string[] =>
  Array.from(line.matchAll(/'([^']*)'|\S+/g), ([word, quoted]) => quoted ?? word);

/** The installed program in a folder of its own, from which packages are found as in a user's project. */
export async function packedProgram() {
  const installed = inject("installed");
  const main = join(installed, "node_modules", "@tx", "train", "dist", "main.js");
  const home = await mkdtemp(join(installed, "home-"));
  afterAll(() => rm(home, { recursive: true, force: true }));

  function start(line: string, { node = [], under = [], env = {} }: StartOptions = {}): Started {
    const words = [...under, process.execPath, ...node, main, ...wordsOf(line)];
    return startWords(words, home, env);
  }
  return {
    home,
    main,
    at: (...path: string[]) => join(home, ...path),
    start,
    run: (line: string, options?: StartOptions) => start(line, options).ended,
    /** On a terminal of its own; what the child is written is typed there. */
    onTerminal(line: string, columns: number, env: Readonly<Record<string, string>> = {}): Started {
      const words = [process.execPath, main, ...wordsOf(line)].map((word) => `'${word}'`);
      const command = `stty cols ${columns} rows 40; exec ${words.join(" ")}`;
      return startWords(["script", "-qec", command, "/dev/null"], home, {
        ...{ TERM: "xterm-256color", ...env },
      });
    },
    /** Anything else than the program, in the same folder. */
    exec: (...words: readonly string[]) => startWords(words, home).ended,
  };
}

function startWords(
  [command, ...args]: readonly string[],
  cwd: string,
  more: Readonly<Record<string, string>> = {},
): Started {
  const child = spawn(command!, args, { cwd, env: { ...userEnvironment(), ...more } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (piece) => {
    stdout += piece;
  });
  child.stderr.on("data", (piece) => {
    stderr += piece;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}

/** That of these tests without what their runner has put there. */
function userEnvironment(): NodeJS.ProcessEnv {
  const ours =
    /^(VITEST|NODE_ENV$|NODE_OPTIONS$|TEST$|PROD$|DEV$|MODE$|SSR$|BASE_URL$|(NO|FORCE)_COLOR$|CI$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

/** The lines of a program with `--json`. */
export const eventsOf = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** Waits until a program has printed what is looked for. */
export function printed({ child }: Started, wanted: RegExp): Promise<void> {
  let text = "";
  return new Promise((resolve, reject) => {
    child.stdout.on("data", (piece) => {
      text += piece;
      if (wanted.test(text)) resolve();
    });
    child.on("close", () => reject(new Error(`expected ${wanted}, got ${text}`)));
  });
}
