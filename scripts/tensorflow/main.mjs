import { resolve } from "node:path";
import { runTypeScript, userFolder } from "../processes.mjs";
import { parseArguments } from "./arguments.mjs";
import { tensorflowEnvironment, tensorflowFolder } from "./folder.mjs";
import { nodeRemark } from "./machine.mjs";
import { setUp } from "./set-up.mjs";
import { UNAVAILABLE, Unavailable } from "./unavailable.mjs";

/** npm run setup:tensorflow: gives the exit code. */
export async function main(args) {
  let options;
  try {
    options = parseArguments(args);
  } catch (error) {
    if (error.code?.startsWith("commander.")) return error.exitCode;
    throw error;
  }
  const remark = nodeRemark(process.versions.node);
  if (remark) console.log(`tx: ${remark}`);
  const backend = options.gpu ? "node-gpu" : "node";
  try {
    const { libtensorflow } = options;
    // As the user typed it, in the folder of the user.
    const folder = libtensorflow && resolve(userFolder(), libtensorflow);
    await setUp({ ...options, libtensorflow: folder }, (fresh) => check(fresh, backend));
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.error(`tx: ${error.message}`);
    return UNAVAILABLE;
  }
  console.log(`tx: the backend ${backend} is set up in ${tensorflowFolder()}`);
  console.log(`tx: try npm start -- --backend ${backend}`);
  return 0;
}

/** One matrix product and one training step on the backend, in a process of their own. */
async function check(folder, backend) {
  const env = { ...tensorflowEnvironment(), TX_TENSORFLOW: folder };
  const code = await runTypeScript("apps/bench/src/main.ts", ["check", "--backend", backend], {
    env,
  });
  if (code !== 0) {
    const advice = backend === "node-gpu" ? "" : "; the lines above say why";
    throw new Unavailable(
      `the backend ${backend}: expected a matrix product and a training step, got exit code ${code}${advice}`,
    );
  }
}
