import { createHash } from "node:crypto";
import { argMax, dispose, equal, sum, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { type IntRows, type MaskedTokens, mlmLoss, rowsTensor } from "@tx/training";
import type { Config } from "../config/config";
import { type Model, maskedModel } from "../parts/build-model";
import { grouped } from "../terminal/format";
import type { Vocabulary } from "../tokens/vocabulary";
import { eventLoopTurn } from "../training/event-loop-turn";
import { UserError } from "../user-error";
import { Blanks } from "./blanks";
import { IGNORED } from "./ignored";
import type { Evaluation, Task } from "./task";
import { shortPath, type Text } from "./text";
import { drawBatch, evenWindows, splitAt } from "./windows";
import { withExperts } from "./with-experts";

/** Start of the places that are hidden in what is held out, the same whatever the run's seed. */
const HELD_OUT = 20_261_127;
/** Windows that are measured at once. */
const AT_ONCE = 16;
/** Held-out pieces of a sample. */
const EXAMPLES = 3;

/** Tokens of which some are hidden, and the shape of their rows. */
type Hidden = MaskedTokens & { readonly shape: readonly [rows: number, columns: number] };

/**
 * Masked language modelling on a text, whose last tenth is held out.
 *
 * @throws UserError if the text has tokens that the vocabulary does not know, or is too short.
 * @see Devlin et al. 2019, BERT, §3.1 (task 1), https://arxiv.org/abs/1810.04805
 */
export function maskedModelling(
  config: Config,
  text: Text,
  vocabulary: Vocabulary,
  { measureAll = false }: { measureAll?: boolean } = {},
): Task {
  const { length, batch } = config;
  const name = config.text === null ? text.name : shortPath(text.name);
  const ids = vocabulary.encode(text.content, `text: ${name}`);
  const split = measureAll ? 0 : splitAt(ids.length);
  const [training, heldOut] = [ids.subarray(0, split), ids.subarray(split)];
  const { unit } = vocabulary;
  const blanks = new Blanks(vocabulary);
  if (heldOut.length < length + 1) {
    throw new UserError(
      `text: expected at least length + 1 = ${length + 1} ${unit}s${measureAll ? "" : " in the last tenth"}, got ${heldOut.length} in ${name}`,
    );
  }
  const windowsOf = (tokens: number, at = length) => {
    if (heldOut.length < at + 1) {
      throw new UserError(
        `length: expected at most ${heldOut.length - 1}, what is held out, got ${at}`,
      );
    }
    return evenWindows(heldOut, at, tokens).map((window) => window.subarray(0, at));
  };
  return {
    ...filler(config, vocabulary, () => windowsOf(EXAMPLES * length)),
    facts: [
      [
        "text",
        `${name}: ${grouped(ids.length)} ${unit}s, ${grouped(vocabulary.vocabSize)} different`,
      ],
      ["held out", `${measureAll ? "all" : "the last"} ${grouped(heldOut.length)} ${unit}s`],
      ["hidden", "15 % of them, as in BERT"],
    ],
    fingerprint: createHash("sha256").update(text.content).digest("hex"),
    draw(rng) {
      const pieces = drawBatch(training, { batch, length: length - 1 }, rng);
      return rowsOf({ ...blanks.hide(pieces, rng), shape: [batch, length] });
    },
    loss: (model, inputs, labels) =>
      withExperts(model, (logits) =>
        mlmLoss(
          (hidden) => logits((inspect) => maskedModel(model).forward(hidden, { inspect })),
          inputs!,
          labels!,
        ),
      ),
    evaluate: (model, { tokens, length: at, stopped }) =>
      measure(model, hiddenOf(windowsOf(tokens, at), blanks), stopped),
    yardstick: (tokens) => ({
      name: "unigram loss",
      loss: unigramLoss(training, hiddenOf(windowsOf(tokens), blanks), vocabulary.vocabSize),
      note: "(tokens counted, plus one)",
    }),
    example(tokens) {
      const shown = heldOut.slice(0, Math.min(tokens, length));
      const { inputs } = blanks.hide(shown, new Rng(HELD_OUT), { maskShare: 1, randomShare: 0 });
      return { ids: inputs, labels: Array.from(inputs, (id, n) => blanks.label(id, shown[n])) };
    },
  };
}

/** What is left of the task where the text is gone: to fill in a prompt. */
export function filling(config: Config, vocabulary: Vocabulary): Task {
  const nothing = () => {
    throw new UserError(`text: expected a file that can be read, got ${config.text}`);
  };
  return {
    ...{ facts: [], fingerprint: "" },
    ...{ draw: nothing, loss: nothing, evaluate: nothing, example: nothing },
    ...filler(config, vocabulary, nothing),
  };
}

/** @param heldOut Pieces for a sample without a prompt. */
function filler(
  { length, batch }: Config,
  vocabulary: Vocabulary,
  heldOut: () => readonly Int32Array[],
): Pick<
  Task,
  "unit" | "vocabSize" | "maxLen" | "tokensPerStep" | "saved" | "checkPrompt" | "sample"
> {
  const blanks = new Blanks(vocabulary);
  return {
    ...{ unit: vocabulary.unit, vocabSize: blanks.vocabSize, saved: vocabulary.toJSON() },
    ...{ maxLen: length, tokensPerStep: batch * length },
    checkPrompt(prompt) {
      if (prompt !== "") blanks.read(prompt, length);
    },
    async *sample(model, prompt, { signal }) {
      if (prompt !== "") {
        yield blanks.write(await blanks.fill(model, blanks.read(prompt, length)));
        return;
      }
      const rng = new Rng(HELD_OUT);
      for (const [n, ids] of heldOut().entries()) {
        if (signal?.aborted) return;
        const { inputs } = blanks.hide(ids, rng, { maskShare: 1, randomShare: 0 });
        const filled = await blanks.fill(model, inputs);
        const hidden = inputs.filter((id) => id === blanks.maskId).length;
        const wrong = filled.filter((id, place) => id !== ids[place]).length;
        yield `${n > 0 ? "\n\n" : ""}${blanks.write(inputs, ids)}\n${blanks.write(filled)}\n(${hidden - wrong} of ${hidden} right)`;
      }
    },
  };
}

const rowsOf = ({ inputs, labels, shape }: Hidden): IntRows[] => [
  { values: inputs, shape },
  { values: labels, shape },
];

/** Windows in batches, with the same places hidden at each call. */
function* hiddenOf(windows: readonly Int32Array[], blanks: Blanks): Generator<Hidden> {
  const rng = new Rng(HELD_OUT);
  for (let at = 0; at < windows.length; at += AT_ONCE) {
    const some = windows.slice(at, at + AT_ONCE);
    const ids = Int32Array.from(some.flatMap((window) => [...window]));
    yield { ...blanks.hide(ids, rng), shape: [some.length, some[0]!.length] };
  }
}

const askedIn = ({ labels }: Hidden) => labels.filter((label) => label !== IGNORED);

/** Mean loss of the hidden tokens in nats, and the share that the likeliest guess gets right. */
async function measure(
  model: Model,
  batches: Iterable<Hidden>,
  stopped: () => boolean = () => false,
): Promise<Evaluation | null> {
  let [total, right, count] = [0, 0, 0];
  for (const hidden of batches) {
    if (stopped()) return null;
    const asked = askedIn(hidden).length;
    const found = await measureBatch(model, hidden);
    total += asked * found.loss;
    right += found.right;
    count += asked;
    await eventLoopTurn();
  }
  return { loss: total / count, tokens: count, accuracy: right / count };
}

async function measureBatch(model: Model, hidden: Hidden) {
  const [inputs, labels] = rowsOf(hidden).map((rows): Tensor2D => rowsTensor(rows));
  const [loss, right] = tidy(() => {
    const logits = maskedModel(model).forward(inputs!);
    const mean = mlmLoss(() => logits, inputs!, labels!);
    return [mean, sum(equal(argMax(logits, -1), labels!))] as const;
  });
  try {
    return { loss: (await loss.data())[0]!, right: (await right.data())[0]! };
  } finally {
    dispose([inputs!, labels!, loss, right]);
  }
}

/** Loss of a guess by how often each token is there, plus one. */
function unigramLoss(ids: Int32Array, batches: Iterable<Hidden>, vocabSize: number): number {
  const counts = new Float64Array(vocabSize).fill(1);
  for (const id of ids) counts[id]!++;
  const all = ids.length + vocabSize;
  let [total, count] = [0, 0];
  for (const hidden of batches) {
    for (const label of askedIn(hidden)) {
      total -= Math.log(counts[label]! / all);
      count++;
    }
  }
  return total / count;
}
