import type { Part } from "./part";

const base = "the slowest wave is about 2π · base positions long [10000]";
const pairing = '"half" or "interleaved": which features turn together ["half"]';
const layout = '"interleaved" or "concat": order of the waves ["interleaved"]';

interface PositionalPart extends Part {
  /** Whether it makes sense only where tokens see none after them. */
  readonly causal?: boolean;
}

/** Strategies of `@tx/positional`, in the order of `--list`. Names are those of their configs. */
export const positionals: readonly PositionalPart[] = [
  {
    name: "learned",
    says: "adds a learned vector a position; ends at its table (Gehring et al. 2017)",
  },
  {
    name: "sinusoidal",
    says: "adds fixed waves of the position (Vaswani et al. 2017)",
    options: { base, layout },
  },
  {
    name: "trained-sinusoidal",
    says: "a learned table that begins as the waves; ends at its table",
    options: { base, layout },
  },
  {
    name: "axial",
    says: "adds a row's and a column's vector; ends at its table (Kitaev et al. 2020)",
    options: {
      combine: '"concat" or "sum": how both meet ["concat"]',
      shape: "[rows, columns] of the grid [nearly square]",
    },
  },
  {
    name: "rope",
    says: "turns pairs of features of queries and keys (Su et al. 2021)",
    options: {
      base,
      pairing,
      rotaryDim: "how many features turn [all of a head]",
      scaling: '{"type": "linear", "factor": 4} and so on, to read further than trained [none]',
    },
  },
  {
    name: "xpos",
    says: "turns them and lets scores fade; for decoders alone (Sun et al. 2022)",
    causal: true,
    options: {
      base,
      pairing,
      scaleBase: "the fastest pair fades to 2/7 over so many positions [512]",
      center: "where queries and keys keep their size [0]",
    },
  },
  {
    name: "alibi",
    says: "lowers scores by the distance (Press et al. 2022)",
    options: { form: '"symmetric" or another form of keys after the query ["symmetric"]' },
  },
  {
    name: "kerple",
    says: "lowers scores by a learned logarithm or power of the distance (Chi et al. 2022)",
    options: { form: '"log" or "power" ["log"]' },
  },
  {
    name: "fire",
    says: "a small network of the distance as a share of the position (Li et al. 2023)",
    options: {
      hidden: "width of the network [32]",
      threshold: "up to this position distances are not divided by it, at first [512]",
      c: "how much finer near distances are told apart, at first [0.1]",
    },
  },
  {
    name: "t5",
    says: "adds a learned bias a bucket of distances (Raffel et al. 2020)",
    options: {
      buckets: "number of buckets [32]",
      maxDistance: "distances from here on share the last bucket [128]",
      bidirectional: "whether keys after the query have buckets of their own [as the model sees]",
    },
  },
  {
    name: "shaw",
    says: "adds a vector a clipped distance to keys and values (Shaw et al. 2018)",
    options: {
      clip: "distances further than this are taken for it [16]",
      values: "whether vectors are added to values too [true]",
    },
  },
  {
    name: "transformer-xl",
    says: "scores projected waves of the distance (Dai et al. 2019)",
    options: {
      shared: "whether layers share u and v [true]",
      clampLen: "distances further than this are taken for it [none]",
      layout: '"concat" or "interleaved": order of the waves ["concat"]',
    },
  },
  {
    name: "cope",
    says: "counts the tokens that a query's scores count (Golovneva et al. 2024)",
    options: { maxPositions: "counts that are told apart [the trained length]" },
  },
  {
    name: "dape",
    says: "lets a network adapt another strategy's bias to the scores (Zheng et al. 2024)",
    options: {
      hidden: "width of the network [32]",
      around: 'the strategy whose bias it is, by name or as {"kind": …} ["kerple"]',
    },
  },
  { name: "nope", says: "nothing: only a causal mask tells the order (Kazemnejad et al. 2023)" },
  {
    name: "combined",
    says: "several at once",
    options: { strategies: 'their names, or each as {"kind": …} [["rope", "alibi"]]' },
  },
  {
    name: "per-layer",
    says: "one layer this, the next that, over and over (Yang et al. 2025)",
    options: { strategies: 'their names, or each as {"kind": …} [["rope", "nope"]]' },
  },
];
