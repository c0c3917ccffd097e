import { type Parameter, type Text, text, type Values } from "../experiment/experiment";
import { completeValues } from "../experiment/values";
import { feedForwards, norms, type Part, positionals, residuals, schedules } from "./parts";

/** All that a run of the playground is made from: plain JSON, and part of a saved file. */
export interface RunConfig {
  readonly positional: string;
  readonly norm: string;
  readonly feedForward: string;
  readonly residual: string;
  readonly schedule: string;
  /** The highest learning rate. */
  readonly rate: number;
  readonly layers: number;
  readonly heads: number;
  readonly dModel: number;
  /** Characters that the model looks back on while it trains. */
  readonly length: number;
  /** Pieces of text in a step. */
  readonly batch: number;
  /** Steps in all. */
  readonly steps: number;
  readonly dropout: number;
  readonly seed: number;
}

const choice = (
  name: keyof RunConfig,
  label: Text,
  choices: readonly Part[],
  first: string,
): Parameter => ({
  ...{ kind: "choice" as const, name, label, default: first },
  choices: choices.map(({ value, label: says }) => ({ value, label: says })),
});

const numbers = (...values: number[]): Part[] =>
  values.map((value) => ({ value: String(value), label: text(String(value), String(value)) }));

/** What can be set for a run; those that may change while it runs come first. */
export const runParameters: readonly Parameter[] = [
  choice("positional", text("Positions", "位置编码"), positionals, "rope"),
  choice("schedule", text("Schedule", "学习率计划"), schedules, "cosine"),
  {
    ...{ kind: "number", name: "rate", label: text("Highest rate", "最高学习率") },
    ...{ min: 0.0001, max: 0.1, step: 0.0001, default: 0.008, log: true },
  },
  choice("norm", text("Norm", "归一化"), norms, "layer"),
  choice("feedForward", text("Feed-forward", "前馈层"), feedForwards, "gelu"),
  choice("residual", text("Residual", "残差"), residuals, "pre"),
  choice("layers", text("Layers", "层数"), numbers(1, 2, 3, 4, 6), "2"),
  choice("heads", text("Heads", "头数"), numbers(1, 2, 4, 8), "4"),
  choice("dModel", text("Width", "模型宽度"), numbers(32, 64, 96, 128), "64"),
  choice(
    "length",
    text("Context, characters", "上下文长度（字符）"),
    numbers(16, 32, 64, 128),
    "32",
  ),
  choice("batch", text("Batch", "批大小"), numbers(4, 8, 16, 32), "16"),
  {
    ...{ kind: "number", name: "steps", label: text("Steps", "步数") },
    ...{ min: 10, max: 5000, step: 10, default: 500 },
  },
  {
    ...{ kind: "number", name: "dropout", label: text("Dropout", "Dropout") },
    ...{ min: 0, max: 0.5, step: 0.05, default: 0 },
  },
  {
    ...{ kind: "number", name: "seed", label: text("Seed", "随机种子") },
    ...{ min: 0, max: 999, step: 1, default: 1 },
  },
];

const inNumbers = ["layers", "heads", "dModel", "length", "batch"] as const;

/**
 * The run that the values of a form describe.
 *
 * @throws RangeError if a value is not what its parameter allows.
 */
export function runConfigOf(values: Values): RunConfig {
  const all = completeValues({ parameters: runParameters }, values);
  const counts = Object.fromEntries(inNumbers.map((name) => [name, Number(all[name])]));
  return { ...all, ...counts } as unknown as RunConfig;
}

/** The values of a form for a run. */
export function valuesOf(config: RunConfig): Values {
  const written = Object.fromEntries(inNumbers.map((name) => [name, String(config[name])]));
  return { ...config, ...written };
}
