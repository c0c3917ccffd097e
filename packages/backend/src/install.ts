import type { KernelBackend } from "@tensorflow/tfjs-core";
import { activate, isRegistered } from "./activate";
import { BackendError, type BackendErrorOptions, messageOf } from "./backend-error";
import type { BackendName } from "./backend-names";
import type { Host } from "./host";
import { AbsentPackage, type PackageName } from "./import-package";

export interface LoadOptions {
  /** What else the package needs, in a clause for people. */
  needs?: string | undefined;
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
  { needs, ordinary = false }: LoadOptions = {},
): Promise<unknown> {
  try {
    return await host.load(name);
  } catch (cause) {
    const advice = installAdvice(name, needs);
    if (cause instanceof AbsentPackage) {
      const problem = `expected the package ${name}, got none installed; ${advice}`;
      throw new BackendError(backend, problem, { cause: cause.cause ?? cause, ordinary });
    }
    throw failedToStart(backend, name, messageOf(cause), { cause, needs });
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
  needs?: string,
): Promise<KernelBackend> {
  if (!isRegistered(registered)) {
    const got = `no backend registered as ${registered}`;
    throw failedToStart(backend, name, got, { needs });
  }
  try {
    return await activate(registered);
  } catch (cause) {
    throw failedToStart(backend, name, messageOf(cause), { cause, needs });
  }
}

/** The error of a package that is installed and does not work. */
export function failedToStart(
  backend: BackendName,
  name: PackageName,
  got: string,
  { needs, ...options }: BackendErrorOptions & { needs?: string | undefined } = {},
): BackendError {
  // Their native library is downloaded when they are installed, which may have failed.
  const again = name.startsWith("@tensorflow/tfjs-node") ? `, or npm rebuild ${name}` : "";
  const problem = `expected ${name} to start, got: ${got}; ${installAdvice(name, needs)}${again}`;
  return new BackendError(backend, problem, options);
}

function installAdvice(name: PackageName, needs: string | undefined): string {
  // Of the two that WebGPU takes in Node, whoever lacks the first mostly lacks the second.
  const names = name === "webgpu" ? `${name} @tensorflow/tfjs-backend-webgpu` : name;
  const command = `run: npm install ${names}`;
  return needs === undefined ? command : `it needs ${needs}; ${command}`;
}
