import type { KernelBackend } from "@tensorflow/tfjs-core";
import { activate, isRegistered } from "./activate";
import { BackendError, type BackendErrorOptions, messageOf } from "./backend-error";
import type { BackendName } from "./backend-names";
import type { Host } from "./host";
import { AbsentPackage, type PackageName } from "./import-package";

export interface Advice {
  /** What else the package needs, in a clause for people. */
  needs?: string | undefined;
  /** What installs it. Default: npm install with its name. */
  command?: string | undefined;
}

export interface LoadOptions extends Advice {
  /** See {@link BackendErrorOptions}: about the package's absence. */
  ordinary?: boolean;
}

/**
 * Loads an optional package for a backend, or says in one line how to install it.
 *
 * @throws BackendError if it is not installed, or does not load.
 */
export async function loadFor(
  backend: BackendName,
  host: Host,
  name: PackageName,
  { ordinary = false, ...advice }: LoadOptions = {},
): Promise<unknown> {
  try {
    return await host.load(name);
  } catch (cause) {
    if (cause instanceof AbsentPackage) {
      const problem = `expected the package ${name}, got none installed; ${installAdvice(name, advice)}`;
      throw new BackendError(backend, problem, { cause: cause.cause ?? cause, ordinary });
    }
    throw failedToStart(backend, name, messageOf(cause), { cause, ...advice });
  }
}

/**
 * Makes the backend that a package registered the active one.
 *
 * @param registered The name tfjs knows it by.
 * @throws BackendError if the package registered none of that name, or it does not start.
 */
export async function startFor(
  backend: BackendName,
  name: PackageName,
  registered: string = backend,
  advice: Advice = {},
): Promise<KernelBackend> {
  if (!isRegistered(registered)) {
    const got = `no backend registered as ${registered}`;
    throw failedToStart(backend, name, got, advice);
  }
  try {
    return await activate(registered);
  } catch (cause) {
    throw failedToStart(backend, name, messageOf(cause), { cause, ...advice });
  }
}

/** The error of a package that is installed and does not work. */
export function failedToStart(
  backend: BackendName,
  name: PackageName,
  got: string,
  { needs, command, ...options }: BackendErrorOptions & Advice = {},
): BackendError {
  // Their native library is downloaded when they are installed, which may have failed.
  const rebuilt = name.startsWith("@tensorflow/tfjs-node") && command === undefined;
  const again = rebuilt ? `, or npm rebuild ${name}` : "";
  const advice = installAdvice(name, { needs, command });
  const problem = `expected ${name} to start, got: ${got}; ${advice}${again}`;
  return new BackendError(backend, problem, options);
}

function installAdvice(name: PackageName, { needs, command }: Advice): string {
  // Of the two that WebGPU takes in Node, whoever lacks the first mostly lacks the second.
  const names = name === "webgpu" ? `${name} @tensorflow/tfjs-backend-webgpu` : name;
  const run = `run: ${command ?? `npm install ${names}`}`;
  return needs === undefined ? run : `it needs ${needs}; ${run}`;
}
