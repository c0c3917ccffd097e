import { mlmLoss, padRows } from "@tx/training";
import { decoderModel } from "../parts/build-model";
import { answers } from "./answers";
import { IGNORED } from "./ignored";
import type { Marks, PairLayout } from "./pair-layout";

/**
 * Sequence to sequence with a decoder alone: it reads the source and a mark, and goes on with the
 * target and an end. Only target and end are asked for.
 *
 * @see Raffel et al. 2020, T5, §3.2.1 (prefix and causal language models), for the layout
 */
export function decoderPairs({ start, end }: Marks): PairLayout {
  return {
    maxLen: ({ source, target }) => source + target + 2,
    /** Inputs [pairs, longest] and, one place on, what is asked for; {@link IGNORED} elsewhere. */
    rowsOf(pairs) {
      const whole = pairs.map(({ source, target }) => [...source, start, ...target, end]);
      const inputs = whole.map((ids) => ids.slice(0, -1));
      const labels = whole.map((ids, n) =>
        ids.map((id, i) => (i > pairs[n]!.source.length ? id : IGNORED)).slice(1),
      );
      return [padRows(inputs, { padId: end }).tokens, padRows(labels, { padId: IGNORED }).tokens];
    },
    loss: (logits, model, inputs, labels) =>
      mlmLoss(
        (ids) =>
          logits((inspect) => decoderModel(model).forward(ids, undefined, undefined, inspect)),
        inputs!,
        labels!,
      ),
    answers: (model, sources, options) =>
      answers(
        (some) => ({
          model: decoderModel(model),
          prompts: some.map((ids) => [...ids, start]),
          dispose() {},
        }),
        sources,
        { ...options, endToken: end },
      ),
    example({ source, target }, tokens, label) {
      const ids = Int32Array.from([...source, start, ...target].slice(0, tokens));
      return { ids, labels: Array.from(ids, label) };
    },
  };
}
