import { add, keep, mul, type Scalar, tidy } from "@tensorflow/tfjs-core";
import type { RouterLosses } from "@tx/ffn";
import type { Model } from "../parts/build-model";
import { type RouterWeights, weightsOf } from "../parts/experts";
import type { Logits } from "./pair-layout";

/**
 * A loss, and with it what the routers of the model's experts add: the sum over layers of each one's
 * losses times their weights. Without experts it is the loss alone.
 *
 * @param loss Of one pass, whose logits come from the function that it is handed.
 * @see Fedus et al. 2021, Switch Transformers, §2.2, https://arxiv.org/abs/2101.03961
 */
export function withExperts(model: Model, loss: (logits: Logits) => Scalar): Scalar {
  const weights = weightsOf(model.config);
  if (weights === null) return loss((pass) => pass(undefined));
  return tidy(() => {
    const added: Scalar[] = [];
    try {
      const main = loss((pass) => {
        const losses: RouterLosses[] = [];
        const logits = pass({ losses });
        // Losses run in a tidy of their own, which would free it.
        added.push(keep(tidy(() => sumOf(losses, weights))));
        return logits;
      });
      return added.reduce((sum, one) => add(sum, one), main);
    } finally {
      for (const one of added) one.dispose();
    }
  });
}

function sumOf(losses: readonly RouterLosses[], { balance, zLoss }: RouterWeights): Scalar {
  return losses
    .map((of): Scalar => add(mul(of.balanceLoss, balance), mul(of.zLoss, zLoss)))
    .reduce((sum, one) => add(sum, one));
}
