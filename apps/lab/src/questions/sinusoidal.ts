import type { Tensor2D } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { sinusoidalTable, sinusoidal as waves } from "@tx/positional";
import { causalLoss } from "@tx/training";
import { type Experiment, type Results, text } from "../experiment/experiment";
import { Owner } from "../experiment/owner";
import { mean } from "../experiment/statistics";
import { numberOf } from "../experiment/values";
import { lossByPosition } from "../measures/loss-by-position";
import { type Dots, dotsFrom } from "../measures/sinusoidal-dots";
import { sentenceRows, words } from "../measures/small-language";
import { smallModel } from "../measures/small-model";
import { trainSmall } from "../measures/train-small";
import { runsParameter, stepsParameter } from "../measures/training-parameters";
import { FACTOR, type Readings, sinusoidalFindings } from "./sinusoidal-findings";

const [D_MODEL, HEADS, LAYERS] = [32, 4, 2];
const STARTS = [0, 37, 500];
const DISTANCES = Array.from({ length: 61 }, (_, n) => n);
/** Places of the heat map. */
const SHOWN = 48;
/** Rows of the reading, and places that are taken together. */
const [ROWS, TOGETHER] = [96, 6];

export const sinusoidal: Experiment = {
  id: "sinusoidal",
  question: 9,
  parameters: [
    {
      ...{ kind: "number", name: "length", label: text("trained length", "训练长度") },
      ...{ min: 6, max: 48, step: 6, default: 24 },
    },
    stepsParameter(400),
    runsParameter(3),
  ],
  smallest: { length: 6, steps: 5, runs: 1 },
  seconds: 25,

  async *run(values, { seed }) {
    const [length, steps] = [numberOf(values, "length"), numberOf(values, "steps")];
    const runs = numberOf(values, "runs");
    const table = await tableOf();
    const dots: Dots[] = [];
    for (const start of STARTS) {
      dots.push(await dotsFrom(start, { dModel: D_MODEL, distances: DISTANCES }, new Rng(seed)));
    }
    const readings: Readings = { short: [], long: [] };
    const of = 2 * runs * steps;
    let before = 0;
    const owner = new Owner();
    try {
      const held = sentenceRows({ rows: ROWS, length: FACTOR * length }, new Rng(seed + 7919));
      owner.own(held.tokens);
      for (let run = 0; run < runs; run++) {
        for (const way of ["short", "long"] as const) {
          const model = modelOf(new Rng(seed + run));
          try {
            const data = new Rng(seed + 104_729 * (run + 1));
            // As many tokens a step either way.
            const sizes =
              way === "short" ? { rows: 4 * FACTOR, length } : { rows: 4, length: FACTOR * length };
            const training = trainSmall({
              ...{ model, steps },
              loss: (tokens) => causalLoss((ids) => model.forward(ids), tokens),
              next: (): [Tensor2D] => [sentenceRows(sizes, data).tokens],
            });
            for await (const step of training) {
              const partial = resultsOf({ table, dots, readings, length });
              const note = text(`trained ${way}, run ${run + 1}`, `第 ${run + 1} 次训练`);
              yield { done: before + step, of, note, partial };
            }
            readings[way].push(await lossByPosition(model, held.tokens));
          } finally {
            model.dispose();
          }
          before += steps;
        }
      }
    } finally {
      owner.dispose();
    }
    const refusal = refusalOf(length, seed);
    return {
      ...resultsOf({ table, dots, readings, length }),
      findings: sinusoidalFindings({ dots, readings, length, refusal }),
    };
  },

  plots: ({ numbers }) => {
    const trained = numbers.find(({ name }) => name === "length")?.value ?? 0;
    const distance = { label: text("distance", "距离") };
    return [
      {
        ...{ kind: "heatmap", name: "table", matrix: "table" },
        title: text("the encoding: a row a position", "位置编码：每行一个位置"),
        x: text("feature", "维"),
        y: text("position", "位置"),
      },
      {
        ...{ kind: "lines", name: "dots", x: distance },
        title: text("dot product with the position at a distance", "与相隔一定距离的位置的点积"),
        y: { label: text("dot product", "点积") },
        series: STARTS.map((start) => `raw-${start}`),
      },
      {
        ...{ kind: "lines", name: "projected", x: distance },
        title: text(
          "the same after random projections of query and key",
          "经随机的查询与键投影之后",
        ),
        y: { label: text("dot product", "点积") },
        series: STARTS.map((start) => `projected-${start}`),
      },
      {
        ...{ kind: "lines", name: "reading", marked: true },
        title: text("reading beyond the trained length", "读到训练长度之外"),
        x: { label: text("position", "位置") },
        y: { label: text("held-out loss, nats a token", "留出损失（奈特/词元）") },
        series: ["reading-short", "reading-long"],
        marks: [{ at: trained, label: text("trained to here", "训练到此") }],
      },
    ];
  },

  code: `import { sum, mul } from "@tensorflow/tfjs-core";
import { useBackend } from "@tx/backend";
import { sinusoidalTable } from "@tx/positional";

await useBackend("simd");
for (const start of [0, 37, 500]) {
  const dots = [0, 1, 5, 20].map((distance) => {
    const [here, there] = [start, start + distance].map((place) => sinusoidalTable([place], 32));
    return sum(mul(here!, there!)).dataSync()[0]!.toFixed(3);
  });
  console.log(\`from \${start}: \${dots.join(" ")}\`);
}`,

  references: [
    {
      ...{ authors: "Vaswani et al.", title: "Attention Is All You Need", year: 2017 },
      ...{ section: "3.5", url: "https://arxiv.org/abs/1706.03762" },
    },
    {
      authors: "Yan et al.",
      title: "TENER: Adapting Transformer Encoder for Named Entity Recognition",
      ...{ year: 2019, url: "https://arxiv.org/abs/1911.04474" },
    },
    {
      authors: "Press, Smith and Lewis",
      title:
        "Train Short, Test Long: Attention with Linear Biases Enables Input Length Extrapolation",
      ...{ year: 2022, url: "https://arxiv.org/abs/2108.12409" },
    },
  ],
};

const modelOf = (rng: Rng) =>
  smallModel({
    ...{
      vocabSize: words.length,
      dModel: D_MODEL,
      layers: LAYERS,
      maxLen: Number.MAX_SAFE_INTEGER,
    },
    attention: () => ({ heads: HEADS }),
    positional: waves({ dModel: D_MODEL }),
    embedding: { scaled: true },
    rng,
  });

/** What a learned table says to a text that is longer than it. */
function refusalOf(length: number, seed: number): string {
  const model = smallModel({
    ...{ vocabSize: words.length, dModel: 4, layers: 1, maxLen: length, rng: new Rng(seed) },
    attention: () => ({ heads: 1 }),
  });
  const { tokens } = sentenceRows({ rows: 1, length: FACTOR * length - 1 }, new Rng(seed));
  try {
    model.forward(tokens).dispose();
    return "";
  } catch (error) {
    return (error as Error).message;
  } finally {
    tokens.dispose();
    model.dispose();
  }
}

/** [position][feature] */
async function tableOf(): Promise<number[][]> {
  const table = sinusoidalTable(
    Array.from({ length: SHOWN }, (_, place) => place),
    D_MODEL,
  );
  try {
    return await table.array();
  } finally {
    table.dispose();
  }
}

interface Measured {
  readonly table: number[][];
  readonly dots: readonly Dots[];
  readonly readings: Readings;
  readonly length: number;
}

function resultsOf({ table, dots, readings, length }: Measured): Results {
  const starts = dots.map(({ start }) => ({
    start,
    label: text(`from position ${start}`, `从位置 ${start} 起`),
  }));
  const reading = (way: keyof Readings) => {
    const parts = readings[way].map(together);
    const x = (parts[0] ?? []).map((_, n) => TOGETHER * (n + 0.5));
    return {
      ...{ name: `reading-${way}`, x, y: x.map((_, n) => mean(parts.map((part) => part[n]!))) },
      label:
        way === "short"
          ? text(`trained with ${length} tokens`, `用 ${length} 个词元训练`)
          : text(`trained with ${FACTOR * length} tokens`, `用 ${FACTOR * length} 个词元训练`),
    };
  };
  return {
    numbers: [{ name: "length", label: text("trained length", "训练长度"), value: length }],
    series: [
      ...dots.map(({ start, raw }, n) => ({
        ...{ name: `raw-${start}`, label: starts[n]!.label, x: DISTANCES, y: raw },
      })),
      ...dots.map(({ start, projected }, n) => ({
        ...{ name: `projected-${start}`, label: starts[n]!.label, x: DISTANCES, y: projected },
      })),
      reading("short"),
      reading("long"),
    ],
    matrices: [
      {
        name: "table",
        label: text("sinusoidal encoding", "正弦位置编码"),
        rows: table.map((_, place) => String(place)),
        columns: table[0]!.map((_, feature) => String(feature)),
        values: table,
      },
    ],
    findings: [],
  };
}

/** Means of places that are next to each other. */
function together(losses: readonly number[]): number[] {
  return Array.from({ length: Math.floor(losses.length / TOGETHER) }, (_, n) =>
    mean(losses.slice(n * TOGETHER, (n + 1) * TOGETHER)),
  );
}
