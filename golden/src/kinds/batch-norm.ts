import { mul, type Tensor } from "@tensorflow/tfjs-core";
import { BatchNorm } from "@tx/norm";
import type { CaseReader } from "../case-reader";
import { evaluate } from "../evaluate";
import type { CaseTensor, GoldenCase } from "../golden-case";
import type { Kind } from "../kind";
import { bools } from "../tensors";
import { normWeights, type Weight } from "../weights";
import { axis, holds } from "./shape-of-case";

/**
 * Training steps on x1, x2, … and an evaluation on the last of them. The last training step has the
 * cotangent and is the output.
 */
export const batchNorm: Kind = {
  name: "batch-norm",

  matches: (golden) =>
    golden.package === "norm" &&
    holds(golden, "inputs", "x1", "x2") &&
    holds(golden, "weights", "weight") &&
    holds(golden, "outputs", "running_mean", "running_var"),

  map(reader) {
    const names = batchNames(reader.golden);
    const batches = Object.fromEntries(names.map((name) => [name, reader.input(name)]));
    const [trained, evaluated] = [names.slice(0, -1), names.at(-1)!];
    const features = axis(batches[evaluated]!, -1);
    const affine = normWeights(reader, "", "");
    const weights = [
      ...affine,
      running(reader, "runningMean", "running_mean", features, 0),
      running(reader, "runningVariance", "running_var", features, 1),
    ];
    const options = {
      eps: reader.number("eps", 1e-5),
      momentum: reader.number("momentum", 0.1),
      bias: affine.length === 2,
    };
    reader.sizes({ features, dModel: features });
    reader.phrase("layout", /^\[batch, time, features\]$/);
    reader.phrase("runningVariance", /^unbiased/);
    const mask = reader.optionalInput("mask");
    const cotangent = reader.optionalInput("cotangent");

    return () => {
      const norm = new BatchNorm(features, options);
      const train = (x: Tensor) => norm.train().forward(x, { mask: mask && bools(mask) });
      const last = trained.at(-1)!;
      return evaluate(reader.golden, {
        module: norm,
        weights,
        inputs: batches,
        cotangent,
        forward(inputs) {
          const steps = trained.map((name) => train(inputs[name]!));
          const output = steps.pop()!;
          return {
            ...Object.fromEntries(steps.map((y, i) => [`output_train${i + 1}`, y])),
            output,
            // Copies, as the running ones are freed with the part.
            running_mean: mul(norm.runningMean, 1),
            running_var: mul(norm.runningVariance, 1),
            output_eval: norm.eval().forward(inputs[evaluated]!),
          };
        },
        differentiable: (inputs) => train(inputs[last]!),
      });
    };
  },
};

/** x1, x2, … without a gap. */
function batchNames(golden: GoldenCase): string[] {
  const names: string[] = [];
  while (Object.hasOwn(golden.inputs, `x${names.length + 1}`)) names.push(`x${names.length + 1}`);
  return names;
}

/** A running statistic at the start: the case's, or the same number for every feature. */
function running(
  reader: CaseReader,
  path: string,
  name: string,
  features: number,
  first: number,
): Weight {
  const fresh: CaseTensor = { shape: [features], data: Array(features).fill(first) };
  const value = reader.has("weights", name) ? reader.weight(name) : fresh;
  return { path, name, transposed: false, value };
}
