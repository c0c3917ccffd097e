import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The folder of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The package manager, as npx is to fetch it. */
export const pnpm = "pnpm@10.34.8";

/** Something on this machine is missing: the message is all that the user needs to see. */
export class SetupError extends Error {
  name = "SetupError";
}

/**
 * Where the user typed the command. npm runs scripts in the root of the package and leaves the user's
 * folder in INIT_CWD; anywhere else that variable may be left over from an outer npm.
 */
export function userFolder() {
  const { INIT_CWD = root } = process.env;
  return process.cwd() === root ? INIT_CWD : process.cwd();
}

/** Runs a TypeScript program of the repository under tsx, in the user's folder. Gives its exit code. */
export function runTypeScript(program, args, options = {}) {
  // --import looks bare names up from the user's folder, so it gets the address of the file.
  const tsx = pathToFileURL(createRequire(join(root, "package.json")).resolve("tsx")).href;
  return runNode(["--import", tsx, join(root, program), ...args], {
    cwd: userFolder(),
    ...options,
    // Without it tsx takes the tsconfig.json of the user's folder, if there is one.
    env: { TSX_TSCONFIG_PATH: join(root, "tsconfig.json"), ...options.env },
  });
}

/**
 * Runs Node with these arguments and gives the exit code, 128 + signal if a signal ended it.
 *
 * @param options.env added to this process's environment
 * @param options.onOutput gets every piece of what the program prints; without it the program owns the terminal
 */
export function runNode(args, options = {}) {
  return run(process.execPath, args, options);
}

/** Runs npx with these arguments and gives the exit code. */
export function runNpx(args, options = {}) {
  return runOfNpm("npx", args, options);
}

/** Runs npm with these arguments and gives the exit code. */
export function runNpm(args, options = {}) {
  return runOfNpm("npm", args, options);
}

/** Runs git with these arguments and gives the exit code. */
export function runGit(args, options = {}) {
  return run("git", args, options);
}

function runOfNpm(command, args, options) {
  const script = scriptOfNpm(`${command}-cli.js`);
  if (script) return runNode([script, ...args], options);
  // npx.cmd cannot be started without a shell on Windows; the arguments here are fixed words.
  return run(command, args, { ...options, shell: process.platform === "win32" });
}

/** npm or npx as a JavaScript file, which starts the same way on every system. */
function scriptOfNpm(file) {
  const { npm_execpath = "" } = process.env;
  const node = dirname(process.execPath);
  const places = [
    npm_execpath.endsWith("npm-cli.js") && dirname(npm_execpath),
    join(node, "node_modules", "npm", "bin"),
    join(node, "..", "lib", "node_modules", "npm", "bin"),
  ];
  return places
    .filter(Boolean)
    .map((place) => join(place, file))
    .find((path) => existsSync(path));
}

function run(command, args, { cwd = root, env = {}, onOutput, shell = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: onOutput ? ["ignore", "pipe", "pipe"] : "inherit",
      shell,
    });
    child.stdout?.on("data", (piece) => onOutput(piece, process.stdout));
    child.stderr?.on("data", (piece) => onOutput(piece, process.stderr));
    const stopForwarding = forwardSignals(child);
    child.on("error", (error) => {
      stopForwarding();
      reject(error);
    });
    child.on("close", (code, signal) => {
      stopForwarding();
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

/**
 * Stays alive on Ctrl-C until the program has finished in its own way. The signal is passed on for when
 * only this process got it; a terminal gives it to both, and the programs take the pair as one.
 */
function forwardSignals(child) {
  const handlers = ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => [
    signal,
    // On Windows kill() ends the program at once, and the console has told it already.
    () => process.platform === "win32" || child.kill(signal),
  ]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}
