import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { useBackend } from "@tx/backend";
import { kinds } from "./kinds";
import { reportOf, summaryOf } from "./report";
import { runAll } from "./run-all";
import type { Outcome } from "./run-case";

const backends = {
  cpu: "cpu",
  wasm: "wasm",
  simd: "simd",
  webgpu: "webgpu",
  tensorflow: "node",
  "tensorflow-gpu": "node-gpu",
} as const;

// A backend may throw from a callback of its own, which no catch of ours would see.
process.on("uncaughtException", (error) => leave([], error));
await run(process.env).then(leave, (error: unknown) => leave([], error));

/** Prints what came out, the totals last whatever happened, and ends the process. */
function leave(outcomes: readonly Outcome[], error?: unknown): void {
  if (outcomes.length > 0) console.log(`${reportOf(outcomes)}\n`);
  else console.log(`golden: ${error instanceof Error ? error.message : String(error)}\n`);
  const failed = outcomes.length === 0 || outcomes.some(({ status }) => status === "failed");
  // Ended by hand: the threads of a backend would keep the process alive.
  process.stdout.write(`${summaryOf(outcomes)}\n`, () => process.exit(failed ? 1 : 0));
}

async function run(settings: NodeJS.ProcessEnv): Promise<Outcome[]> {
  // An empty variable, as a script may pass on, counts as none.
  const setting = (name: string) => settings[name] || undefined;
  const backend = setting("TX_GOLDEN_BACKEND") ?? "cpu";
  if (!Object.hasOwn(backends, backend)) {
    throw new Error(
      `TX_GOLDEN_BACKEND: expected one of ${Object.keys(backends).join(", ")}, got "${backend}"`,
    );
  }
  const directory = resolve(
    setting("TX_GOLDEN_DIR") ?? fileURLToPath(new URL("../cases", import.meta.url)),
  );
  const only = setting("TX_GOLDEN_ONLY") ?? "";
  const { name, device } = await useBackend(backends[backend as keyof typeof backends]);
  console.log(`golden cases on ${name} (${device})\n`);
  const found = await runAll({ directory, only, kinds });
  if (found.length === 0) {
    const like = only === "" ? "" : ` with "${only}" in their path`;
    throw new Error(`expected cases *.json${like} in ${directory}, got none`);
  }
  return found;
}
