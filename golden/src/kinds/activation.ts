import type { Tensor } from "@tensorflow/tfjs-core";
import { activations, silu } from "@tx/ffn";
import { gelu } from "@tx/ops";
import { evaluate } from "../evaluate";
import type { GoldenCase } from "../golden-case";
import type { Kind } from "../kind";
import { inputsAre, weightsAre } from "./shape-of-case";

/** The activations that have a public function, in the order in which their hints are tried. */
const known: readonly (readonly [hint: RegExp, apply: (x: Tensor) => Tensor])[] = [
  [/gelu\b.*tanh|gelu_tanh/i, (x) => gelu(x, "tanh")],
  [/gelu_erf|gelu \(erf\)/i, (x) => gelu(x, "erf")],
  [/silu|swish/i, silu],
  [/mish/i, activations.mish],
  [/squared_?relu|relu_?(squared|2)/i, activations["squared-relu"]],
  [/(^|\/|\.)relu/i, activations.relu],
];

/** One activation, element by element. The cases differ in nothing but name and source. */
export const activation: Kind = {
  name: "activation",

  matches: (golden) =>
    golden.package === "ffn" &&
    inputsAre(golden, ["x"], ["cotangent"]) &&
    weightsAre(golden, []) &&
    activationOf(golden) !== undefined,

  map(reader) {
    const x = reader.input("x");
    const apply = activationOf(reader.golden)!;
    reader.remarks("lastRow");
    const cotangent = reader.optionalInput("cotangent");

    return () =>
      evaluate(reader.golden, {
        inputs: { x },
        cotangent,
        forward: (inputs) => ({ output: apply(inputs.x!) }),
      });
  },
};

function activationOf({ name, source }: GoldenCase): ((x: Tensor) => Tensor) | undefined {
  return known.find(([hint]) => hint.test(name) || hint.test(source))?.[1];
}
