import {
  concat,
  equal,
  fill,
  type Scalar,
  scalar,
  slice,
  type Tensor2D,
  type Tensor3D,
  tidy,
  where,
} from "@tensorflow/tfjs-core";
import { checkCount, checkShapes } from "@tx/core";
import { type CrossEntropyOptions, softmaxCrossEntropy } from "@tx/ops";

export interface Seq2seqLossOptions extends CrossEntropyOptions {
  /**
   * What the decoder reads first. Default: each row of targets begins with its own start token,
   * which is read and not asked for.
   */
  startToken?: number;
  /**
   * Targets with this value are not asked for: the padding's id, or a number that is no token's.
   * Default −100. A negative one is read as the start token, or as 0 if none is given.
   */
  ignoreIndex?: number;
  reduction?: "mean" | "sum";
}

/**
 * Sequence to sequence with teacher forcing: mean cross-entropy of each target token, given the
 * source and the right tokens before it, in nats a token.
 *
 * @param forward Gives logits [batch, seq, vocab] for source [batch, sourceSeq] and the decoder's
 *   inputs [batch, seq], such as an encoder-decoder's forward.
 * @param source int32 [batch, sourceSeq]
 * @param targets int32 [batch, length]. With startToken the decoder reads it and all targets but
 *   the last, and seq is length; without, seq is length − 1.
 * @returns A scalar.
 * @throws ShapeError if source or targets is not of rank 2 or they differ in batch; RangeError if
 *   startToken is not a whole number from 0, or there is nothing to ask for.
 * @see Vaswani et al. 2017, Attention Is All You Need, §3.1, https://arxiv.org/abs/1706.03762
 */
export function seq2seqLoss(
  forward: (source: Tensor2D, inputs: Tensor2D) => Tensor3D,
  source: Tensor2D,
  targets: Tensor2D,
  { startToken, ...options }: Seq2seqLossOptions = {},
): Scalar {
  const { length } = checkShapes(
    ["source", source, "batch sourceSeq"],
    ["targets", targets, "batch length"],
  );
  if (startToken !== undefined) checkCount("startToken", startToken, 0);
  const least = startToken === undefined ? 2 : 1;
  if (length < least) {
    throw new RangeError(`targets: expected at least ${least} columns, got ${length}`);
  }
  return tidy(() => {
    const { inputs, wanted } = teacherForced(targets, startToken);
    const { ignoreIndex = -100 } = options;
    const read = ignoreIndex < 0 ? replaced(inputs, ignoreIndex, startToken ?? 0) : inputs;
    return softmaxCrossEntropy<Scalar>(forward(source, read), wanted, options);
  });
}

/** What the decoder reads, and what it is asked for at each place. */
function teacherForced(
  targets: Tensor2D,
  startToken: number | undefined,
): { inputs: Tensor2D; wanted: Tensor2D } {
  const [batch, length] = targets.shape;
  const allButLast = slice(targets, [0, 0], [batch, length - 1]);
  if (startToken === undefined) {
    return { inputs: allButLast, wanted: slice(targets, [0, 1], [batch, length - 1]) };
  }
  const starts: Tensor2D = fill([batch, 1], startToken, "int32");
  return { inputs: concat([starts, allButLast], 1), wanted: targets };
}

const replaced = (ids: Tensor2D, old: number, by: number): Tensor2D =>
  where(equal(ids, scalar(old, "int32")), fill(ids.shape, by, "int32") as Tensor2D, ids);
