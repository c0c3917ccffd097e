import { cast } from "@tensorflow/tfjs-core";
import { spanOf } from "@tx/core";
import { padRows, seq2seqLoss } from "@tx/training";
import { encoderDecoderModel } from "../parts/build-model";
import { answers } from "./answers";
import { IGNORED } from "./ignored";
import type { Marks, PairLayout } from "./pair-layout";

/**
 * Sequence to sequence with an encoder for the source and a decoder that goes on from a mark with the
 * target and an end, taught with the right tokens before each.
 *
 * @see Vaswani et al. 2017, Attention Is All You Need, §3, https://arxiv.org/abs/1706.03762
 */
export function encoderDecoderPairs({ start, end }: Marks): PairLayout {
  return {
    // An answer that is one token too long still fits.
    maxLen: ({ source, target }) => Math.max(source, target + 2),
    /** Sources [pairs, longest], where they have tokens, and what is asked for. */
    rowsOf(pairs) {
      const sources = padRows(
        pairs.map(({ source }) => source),
        { padId: end },
      );
      const targets = padRows(
        pairs.map(({ target }) => [...target, end]),
        { padId: IGNORED },
      );
      return [sources.tokens, sources.visible, targets.tokens];
    },
    loss(logits, model, sources, visible, targets) {
      return seq2seqLoss(
        (source, inputs) =>
          logits((inspect) =>
            encoderDecoderModel(model).forward(source, inputs, {
              sourceVisible: cast(visible!, "bool"),
              // Padding stands behind the tokens, which are counted from 0 on whatever is behind.
              sourceSpan: spanOf(source.shape[1]),
              inspect: { encoder: inspect, decoder: inspect },
            }),
          ),
        sources!,
        targets!,
        { startToken: start, ignoreIndex: IGNORED },
      );
    },
    answers: (model, sources, options) =>
      answers(
        (some) => {
          const conditioned = encoderDecoderModel(model).conditionedOn(some);
          return {
            model: conditioned,
            prompts: some.map(() => [start]),
            dispose: () => conditioned.dispose(),
          };
        },
        sources,
        { ...options, endToken: end },
      ),
    example({ source, target }, tokens, label) {
      const [read, said] = [source.slice(0, tokens), [start, ...target, end].slice(0, tokens + 1)];
      const labels = said.map(label);
      return {
        ids: Int32Array.from(said.slice(0, -1)),
        labels: labels.slice(0, -1),
        written: labels.slice(1),
        source: { ids: read, labels: Array.from(read, label) },
      };
    },
  };
}
