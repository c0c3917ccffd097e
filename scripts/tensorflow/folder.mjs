/** Where TensorFlow's library and its package are set up apart from the workspace, and what is there. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../processes.mjs";

/** What stands for a whole set-up: the compiled binding of one of the two packages. */
const binding = (name) =>
  join("node_modules", "@tensorflow", name, "lib", "napi-v8", "tfjs_binding.node");

/** TX_TENSORFLOW, or .tensorflow in the repository, which git ignores. */
export function tensorflowFolder(env = process.env) {
  return env.TX_TENSORFLOW || join(root, ".tensorflow");
}

/**
 * The name that useBackend knows the set-up by: "node", "node-gpu", or undefined where there is none.
 * The GPU's comes first, since one process can hold only one of the two.
 */
export function tensorflowBackend(folder = tensorflowFolder()) {
  return ["node-gpu", "node"].find((name) => existsSync(join(folder, binding(`tfjs-${name}`))));
}

/** For processes of ours: where @tx/backend finds the package, and TensorFlow's chatter left out. */
export function tensorflowEnvironment(env = process.env) {
  return {
    TX_TENSORFLOW: tensorflowFolder(env),
    TF_CPP_MIN_LOG_LEVEL: env.TF_CPP_MIN_LOG_LEVEL ?? "2",
  };
}
