import { engine, ready, setBackend } from "@tensorflow/tfjs-core";
import { configureSimd } from "../index";

// vitest runs this before each test file, so a file that switches backends does not disturb the next.
// Two threads also where there is one core, so that work is always shared out.
if (engine().registry.simd === undefined) configureSimd({ threads: 2 });
if (!(await setBackend("simd"))) {
  throw new Error("backend: expected simd to come up, got a failed initialization");
}
await ready();
