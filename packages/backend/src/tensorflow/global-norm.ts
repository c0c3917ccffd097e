import { mul, sqrt, stack, sum, type Tensor } from "@tensorflow/tfjs-core";
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
