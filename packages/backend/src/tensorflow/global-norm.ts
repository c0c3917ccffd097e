import { mul, type Scalar, scalar, sqrt, stack, sum, type Tensor } from "@tensorflow/tfjs-core";
import { composed } from "./kernel";
import { attributesFor } from "./native";

/** `TxGlobalNorm` of @tx/ops: TensorFlow's L2Loss is half the sum of a tensor's squares, in one pass. */
export const globalNorm = composed<Record<string, Tensor>, object>(({ inputs, backend }) => {
  const { type } = attributesFor(backend);
  const halves = Object.values(inputs).map((tensor) =>
    backend.executeSingleOutput("L2Loss", [type("T")], [tensor]),
  );
  return sqrt(mul(sum(stack(halves)), 2));
});

/** `TxClipCoefficient` of @tx/ops: min(1, maxNorm / (norm + 1e-6)), without tfjs's bookkeeping between. */
export const clipCoefficient = composed<{ norm: Scalar }, { maxNorm: number }>(
  ({ inputs: { norm }, attrs: { maxNorm }, backend }) => {
    const { type } = attributesFor(backend);
    const run = (name: string, a: Tensor, b: Tensor) =>
      backend.executeSingleOutput(name, [type("T")], [a, b]);
    const share = run("RealDiv", scalar(maxNorm), run("AddV2", norm, scalar(1e-6)));
    return run("Minimum", share, scalar(1));
  },
);
