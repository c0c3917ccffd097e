import { engine, setBackend } from "@tensorflow/tfjs-core";
import { BackendError, messageOf } from "./backend-error";
import { type BackendName, checkBackendName } from "./backend-names";
import { openCpu } from "./backends/cpu";
import type { BackendOptions, Open } from "./backends/open";
import { openSimd } from "./backends/simd";
import { openNode, openNodeGpu } from "./backends/tensorflow";
import { openWasm } from "./backends/wasm";
import { openWebgl } from "./backends/webgl";
import { openWebgpu, openWebgpuOnRealGpu } from "./backends/webgpu";
import { type Host, thisHost } from "./host";

/** A backend that is up. */
export interface ActiveBackend {
  /** Its name; of `auto`, what it came to. */
  readonly name: Exclude<BackendName, "auto">;
  /** What it computes on, in a line for people. */
  readonly device: string;
}

const openers: Readonly<Record<ActiveBackend["name"], Open>> = {
  webgpu: openWebgpu,
  simd: openSimd,
  "node-gpu": openNodeGpu,
  node: openNode,
  wasm: openWasm,
  webgl: openWebgl,
  cpu: openCpu,
};

/** What `auto` tries, the fastest first; the last works everywhere. */
const candidates: readonly [ActiveBackend["name"], Open][] = [
  ["webgpu", openWebgpuOnRealGpu],
  ["simd", openSimd],
  ["wasm", openWasm],
  ["cpu", openCpu],
];

/**
 * Brings up a TensorFlow.js backend: imports its optional package, makes it tfjs's active backend
 * and says what it computes on. If it fails, the backend that was active stays so.
 *
 * @param name `auto` takes WebGPU if there is a real GPU, else the fastest CPU backend installed.
 * @throws RangeError for an unknown name; BackendError, of one line, that says what to install.
 */
export function useBackend(
  name: BackendName = "auto",
  options: BackendOptions = {},
): Promise<ActiveBackend> {
  return useBackendOn(thisHost, name, options);
}

/** {@link useBackend} on a given host. */
export async function useBackendOn(
  host: Host,
  name: BackendName,
  options: BackendOptions = {},
): Promise<ActiveBackend> {
  checkBackendName(name);
  if (name === "auto") return openFirst(host, options);
  return { name, device: await openOrRestore(name, openers[name], host, options) };
}

async function openFirst(host: Host, options: BackendOptions): Promise<ActiveBackend> {
  const failures: BackendError[] = [];
  for (const [name, open] of candidates) {
    try {
      const device = await openOrRestore(name, open, host, options);
      // Something that could be faster and is broken, or lacks a package, should be known.
      const notes = failures.filter(({ ordinary }) => !ordinary).map(({ message }) => message);
      return { name, device: [device, ...notes].join("; passed over ") };
    } catch (error) {
      failures.push(error as BackendError);
    }
  }
  const got = failures.map(({ message }) => message).join(" | ");
  throw new BackendError("auto", `expected a backend that starts, got none: ${got}`, {
    cause: new AggregateError(failures),
  });
}

/** @throws BackendError alone, and with the backend active that was active before. */
async function openOrRestore(
  name: ActiveBackend["name"],
  open: Open,
  host: Host,
  options: BackendOptions,
): Promise<string> {
  const previous: string | undefined = engine().backendName;
  try {
    return await open(host, options);
  } catch (cause) {
    // tfjs-node makes itself active when it is imported.
    if (previous && engine().backendName !== previous) await setBackend(previous);
    if (cause instanceof BackendError) throw cause;
    throw new BackendError(name, `expected it to start, got: ${messageOf(cause)}`, { cause });
  }
}
