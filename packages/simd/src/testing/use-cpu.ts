import { engine, setBackend } from "@tensorflow/tfjs-core";

/** Makes the cpu backend the active one, without its advice in every test log to install tfjs-node. */
export async function useCpu(): Promise<void> {
  await setBackend("cpu");
  // tfjs-backend-cpu 4.22.0
  Object.assign(engine().backend, { firstUse: false });
}
