import { loadFor, startFor } from "../install";
import type { Open } from "./open";

/** tfjs's own backend in plain JavaScript. */
export const openCpu: Open = async (host) => {
  await loadFor("cpu", host, "@tensorflow/tfjs-backend-cpu");
  const backend = await startFor("cpu", "@tensorflow/tfjs-backend-cpu");
  // Else its first use prints advice to install tfjs-node (tfjs-backend-cpu 4.22.0, firstUse).
  Object.assign(backend, { firstUse: false });
  return `${host.processor}, plain JavaScript`;
};
