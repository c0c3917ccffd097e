import { Command, Option } from "commander";
import { wheelVersion } from "./wheel.mjs";

const details = `
Nothing of it is part of a plain install. Without --libtensorflow and --wheel the package downloads
TensorFlow 2.9.1 and a compiled binding, as npm install @tensorflow/tfjs-node does. All goes to
.tensorflow in the repository, or to the folder that TX_TENSORFLOW names; what was there stays until
the new one has multiplied two matrices and made a training step.

Exit codes: 0 set up, 1 it failed, 69 this machine lacks something (network, compiler, CUDA).`;

/**
 * @param {readonly string[]} args without node and the script
 * @returns {{ gpu: boolean, libtensorflow?: string, wheel: boolean }}
 * @throws CommanderError for --help too, with its exit code; it has printed what there is to say.
 */
export function parseArguments(args, output = {}) {
  const program = new Command("npm run setup:tensorflow --")
    .description(
      "Sets up the backends node and node-gpu: tfjs-node, its binding and libtensorflow.",
    )
    .option("--gpu", "tfjs-node-gpu, for an NVIDIA GPU with CUDA and cuDNN", false)
    .addOption(
      new Option(
        "--libtensorflow <dir>",
        "build the binding against this libtensorflow: a folder with lib and include, or an unpacked tensorflow wheel; it has to stay where it is",
      ).conflicts("wheel"),
    )
    .option(
      "--wheel",
      `build the binding against the libtensorflow of the PyPI wheel, ${wheelVersion}, got through pip or the index that pip is set to (Linux on x64)`,
      false,
    )
    .addHelpText("after", details)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput(output);
  return program.parse(args, { from: "user" }).opts();
}
