import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

interface Ended {
  /** The exit code, or the name of the signal that ended it. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in a Node process of its own until it ends by itself. */
function runNode(program: string): Promise<Ended> {
  const options = { cwd: fileURLToPath(new URL("..", import.meta.url)), timeout: 110_000 };
  const flags = ["--import", "tsx", "--input-type=module", "--eval", prelude + program];
  return new Promise((resolve) => {
    execFile(process.execPath, flags, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.signal ?? error.code ?? -1), stdout, stderr });
    });
  });
}

const prelude = `
  import * as tf from "@tensorflow/tfjs-core";
  import { configureSimd } from "./src/index.ts";
  configureSimd({ threads: 4 });
  await tf.setBackend("simd");
  const a = tf.ones([300, 300]);
  console.log(tf.backend().threads, tf.matMul(a, a).dataSync().every((value) => value === 300));
`;

test("workers never keep a process alive", async () => {
  expect(await runNode("")).toEqual({ code: 0, stdout: "4 true\n", stderr: "" });
});

test("an uncaught error ends it as ever", async () => {
  const ended = await runNode(`setTimeout(() => { throw new Error("of the application"); }, 10);`);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain("Error: of the application");
});

test("so does process.exit", async () => {
  expect(await runNode("process.exit(7);")).toEqual({ code: 7, stdout: "4 true\n", stderr: "" });
});
