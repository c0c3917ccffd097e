import { mean, square, sub, tensor3d } from "@tensorflow/tfjs-core";
import { Rng, registerGradients, spanOf } from "@tx/core";
import { alibi, learned } from "@tx/positional";
import { descend } from "../descend";

export async function use(): Promise<void> {
  registerGradients();
  const positions = learned({ maxLen: 4, dModel: 2, rng: new Rng(5) });
  const x = tensor3d([1, 2, 3, 4, 5, 7], [1, 3, 2]);
  descend(positions.parameters().values(), () =>
    mean(square(sub(positions.embed(x, spanOf(3)), 1))),
  );
  const [, , queries, keys] = alibi().bias(2, spanOf(3)).shape;
  if (queries !== 3 || keys !== 3) throw new Error(`expected a bias of 3 by 3, got ${queries}`);
}
