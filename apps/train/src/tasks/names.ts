import type { Config } from "../config/config";
import type { Part } from "../parts/part";

interface TaskPart extends Part {
  /** Shapes of models that it can train, the usual one first. */
  readonly models: readonly string[];
  /** What suits it better than the defaults, below what a preset or the user says. */
  readonly settings?: Partial<Config>;
  /** How much of the rate that suits an optimizer suits the task. Default 1. */
  readonly rateShare?: number;
}

/** What can be trained for, in the order of `--list`. */
export const tasks: readonly TaskPart[] = [
  { name: "lm", says: "writes the next token of a text", models: ["decoder"] },
  {
    name: "mlm",
    says: "fills in the hidden tokens of a text, as BERT does",
    models: ["encoder"],
    // Few tokens are asked for: with a table of positions to learn first, or at twice the rate, it
    // stays for thousands of steps where it knows how often each token is there and nothing else.
    settings: { positional: "rope" },
    rateShare: 0.5,
  },
  {
    name: "copy",
    says: "says again what it read, of symbols drawn at random",
    models: ["decoder", "encoder-decoder"],
  },
  { name: "reverse", says: "says it backwards", models: ["decoder", "encoder-decoder"] },
  { name: "sort", says: "says it in order", models: ["decoder", "encoder-decoder"] },
  {
    name: "translate",
    says: "translates numbers in words, or parallel lines of a file",
    models: ["encoder-decoder", "decoder"],
  },
];
