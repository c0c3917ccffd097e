import type { Part } from "../parts/part";

/** What can be trained for, in the order of `--list`. */
export const tasks: readonly Part[] = [
  { name: "lm", says: "writes the next token of a text" },
  { name: "copy", says: "says again what it read, of symbols drawn at random" },
  { name: "reverse", says: "says it backwards" },
  { name: "sort", says: "says it in order" },
  { name: "translate", says: "translates numbers in words, or parallel lines of a file" },
];
