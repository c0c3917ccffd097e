// Two installed copies of @tx/core: the one that the other packages use, and one of the program's own.
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { MultiHeadAttention } from "@tx/attention";
import * as theirs from "@tx/core";
import { decodeModel, encodeModel, gpt } from "@tx/model";
import { AdamW, createTrainStep } from "@tx/training";
// @boundaries-ignore installed under this name in the empty folder
import * as own from "own-core";

const same = (what, got, wanted) => {
  const [a, b] = [got, wanted].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`);
};

await tf.setBackend("cpu");
same("copies are two", own.Module === theirs.Module, false);

class Mine extends own.Module {
  constructor() {
    super();
    this.attention = new MultiHeadAttention({
      dModel: 6,
      heads: 2,
      bias: false,
      rng: new own.Rng(1),
      init: own.normal(0.5, new own.Rng(2)),
    });
    this.linear = new own.Linear(6, 5, { init: own.normal(0.5, new own.Rng(3)) });
    this.theirs = [new theirs.Linear(5, 6, { init: theirs.normal(0.5, new theirs.Rng(4)) })];
    this.dropout = new theirs.Dropout(0.5, new own.Rng(5));
  }
  forward(x) {
    return tf.tidy(() => this.theirs[0].forward(this.linear.forward(this.attention.forward(x))));
  }
}

const before = tf.memory().numTensors;
const model = new Mine();
const paths = [
  "attention.query.kernel",
  "attention.key.kernel",
  "attention.value.kernel",
  "attention.output.kernel",
  "linear.kernel",
  "linear.bias",
  "theirs.0.kernel",
  "theirs.0.bias",
];
same("parameters", [...model.parameters().keys()], paths);
same(
  "each copy knows the other's",
  [
    model instanceof theirs.Module,
    model.linear instanceof theirs.Module,
    model.theirs[0] instanceof own.Module,
  ],
  [true, true, true],
);
model.train();
same(
  "train reaches the other's dropout",
  [model.dropout.training, model.attention.dropout.training],
  [true, true],
);
model.eval();

// A step over parts of both.
const x = tf.randomNormal([1, 3, 6], 0, 1, "float32", 7);
const optimizer = new AdamW({ parameters: model.parameters() });
const step = createTrainStep({
  model,
  optimizer,
  loss: (x) => tf.mean(tf.square(tf.sub(model.forward(x), 1))),
  schedule: () => 0.05,
});
const losses = [];
for (let n = 0; n < 5; n++) {
  const { loss, gradientNorm } = step(x);
  losses.push(loss.dataSync()[0]);
  tf.dispose([loss, gradientNorm]);
}
if (!(losses[4] < losses[0])) throw new Error(`expected the loss to fall, got ${losses}`);

// State by the one copy, loaded by the other, and the other way round.
const state = new Map(
  [...own.stateOf(model)].map(([path, variable]) => [path, tf.clone(variable)]),
);
theirs.loadState(model, state);
own.loadState(model, state);
tf.dispose([...state.values()]);

// A strategy of the program's own, made with its own core, within a model of theirs.
class Shift extends own.Module {
  kind = "shift";
  table = own.parameter([6], own.zeros);
  embed(x) {
    return tf.add(x, this.table);
  }
  toJSON() {
    return { kind: this.kind, version: 1 };
  }
}
const shift = new Shift();
const language = gpt({
  vocabSize: 5,
  maxLen: 4,
  layers: 1,
  heads: 2,
  dModel: 6,
  positional: shift,
  rng: new own.Rng(1),
});
same(
  "a strategy of the other's in a model",
  [...language.parameters().keys()].filter((path) => path.includes("table")).length,
  2,
);
language.dispose();
shift.dispose();

// What is made without values by the one, and what the other makes of it.
const empty = own.withoutValues(() => new theirs.Linear(2, 3, { init: theirs.ones }));
same(
  "made without values through the other's copy",
  [own.lacksValues(empty.kernel), theirs.lacksValues(empty.kernel)],
  [true, true],
);
empty.dispose();

const small = gpt({ vocabSize: 5, maxLen: 4, layers: 1, heads: 2, dModel: 6, rng: new own.Rng(1) });
const again = decodeModel(await encodeModel(small));
same("a model saved and loaded", [...again.parameters().keys()], [...small.parameters().keys()]);
tf.dispose([x]);
for (const one of [model, small, again, optimizer]) one.dispose();
same("tensors left", tf.memory().numTensors, before);

// Errors of the other's copy are told apart by their name.
try {
  new theirs.Linear(2, 3, { init: theirs.ones }).forward(tf.zeros([1, 5]));
  throw new Error("expected a ShapeError");
} catch (error) {
  same("an error's name", error.name, "ShapeError");
}
