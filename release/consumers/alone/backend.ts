import { addN, tensor1d } from "@tensorflow/tfjs-core";
import { BackendError, useBackend } from "@tx/backend";

export async function use(): Promise<void> {
  const { name } = await useBackend("cpu");
  const sum = addN([tensor1d([1, 2]), tensor1d([3, 4])]);
  if (name !== "cpu" || String(await sum.data()) !== "4,6") {
    throw new Error(`expected 4,6 on the cpu, got ${await sum.data()} on ${name}`);
  }
  const refusal = await useBackend("simd").catch((error: unknown) => error);
  if (!(refusal instanceof BackendError) || !refusal.message.includes("npm install @tx/simd")) {
    throw new Error(`expected to be told what to install, got ${refusal}`);
  }
}
