import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { evaluate } from "../evaluate";
import type { CaseTensor } from "../golden-case";
import type { Kind } from "../kind";
import { NotMapped } from "../not-mapped";
import { bools } from "../tensors";
import { causalMask, joined, keyMask } from "./masks";
import { inputsAre } from "./shape-of-case";
import { holdsTorchBlock, readLayerConfig, readTorchBlock } from "./torch-block";

/** One layer: torch.nn.TransformerEncoderLayer, or with a memory TransformerDecoderLayer. */
export const torchLayer: Kind = {
  name: "torch-layer",

  matches: (golden) =>
    inputsAre(golden, ["x"], ["valid", "memory", "memory_valid", "cotangent"]) &&
    holdsTorchBlock(golden.weights),

  map(reader) {
    const x = reader.input("x");
    const memory = reader.optionalInput("memory");
    const valid = reader.optionalInput("valid");
    const memoryValid = memory && reader.optionalInput("memory_valid");
    const layer = readTorchBlock(reader, "", "", readLayerConfig(reader));
    if (reader.has("weights", "multihead_attn.q_proj.weight") !== (memory !== undefined)) {
      throw new NotMapped("inputs.memory: expected one with cross-attention, and none without");
    }
    const masks = [causalMask(reader), valid && keyMask(valid)];
    const memoryMasks = [memoryValid && keyMask(memoryValid)];
    const cotangent = reader.optionalInput("cotangent");

    return () => {
      const block = layer.create();
      return evaluate(reader.golden, {
        module: block,
        weights: layer.weights,
        inputs: { x, ...(memory && { memory }) },
        cotangent,
        forward: (tensors) => ({
          output: block.forward(tensors.x as Tensor3D, {
            mask: joined(masks),
            visible: visibleOf(valid),
            memory: tensors.memory as Tensor3D | undefined,
            memoryMask: joined(memoryMasks),
          }),
        }),
      });
    };
  },
};

/** Which tokens are none of padding, 1 = token, as bool; undefined if all. */
export function visibleOf(valid: CaseTensor | undefined): Tensor2D | undefined {
  return valid && bools<Tensor2D>(valid);
}
