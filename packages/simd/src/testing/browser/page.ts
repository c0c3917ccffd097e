import { backend, getBackend, setBackend } from "@tensorflow/tfjs-core";
import { configureSimd, type SimdBackend } from "../../index";
import { learn } from "../learn";

/** What a page, or a worker of it, says of itself. */
export interface Told {
  readonly where: "page" | "worker";
  readonly isolated: boolean;
  readonly backend: string;
  readonly threads: number;
  readonly build: string;
  readonly shared: boolean;
  readonly losses: readonly number[];
  readonly warnings: readonly string[];
}

// Runs in a browser, as the address of the bundle says: ?threads=3&where=page
const { searchParams } = new URL(globalThis.location.href);
const [threads, where] = [Number(searchParams.get("threads")), searchParams.get("where")];

if (where === "worker" && typeof document !== "undefined") {
  const worker = new Worker(`/bundle.js?threads=${threads}&where=worker`);
  worker.onerror = (event) => tell({ problem: event.message });
} else {
  run().then(tell, (error: Error) => tell({ problem: error.stack ?? error.message }));
}

async function run(): Promise<Told> {
  const warnings: string[] = [];
  console.warn = (...given) => void warnings.push(given.join(" "));
  configureSimd({ threads });
  await setBackend("simd");
  const simd = backend() as SimdBackend;
  return {
    where: typeof document === "undefined" ? "worker" : "page",
    isolated: globalThis.crossOriginIsolated,
    backend: getBackend(),
    threads: simd.threads,
    build: simd.build,
    shared: simd.heap.shared,
    losses: learn(),
    warnings,
  };
}

async function tell(result: Told | { problem: string }): Promise<void> {
  await fetch("/result", { method: "POST", body: JSON.stringify(result) });
}
