import { memory } from "@tensorflow/tfjs-core";
import { CaseReader } from "./case-reader";
import { compareCase } from "./compare";
import type { GoldenCase } from "./golden-case";
import type { Kind } from "./kind";
import { NotMapped } from "./not-mapped";

/** How a case ended. Messages say why it is not mapped, or each thing that was wrong. */
export interface Outcome {
  readonly path: string;
  readonly package: string;
  readonly status: "passed" | "failed" | "not mapped";
  readonly messages: readonly string[];
}

/** Runs one case through the first kind that it is of, and compares all it lists. */
export async function runCase(golden: GoldenCase, kinds: readonly Kind[]): Promise<Outcome> {
  const before = memory().numTensors;
  const { status, messages } = await attempt(golden, kinds);
  const left = memory().numTensors - before;
  const about = { path: golden.path, package: golden.package };
  return left === 0
    ? { ...about, status, messages }
    : { ...about, status: "failed", messages: [...messages, `left ${left} tensors behind`] };
}

async function attempt(
  golden: GoldenCase,
  kinds: readonly Kind[],
): Promise<Pick<Outcome, "status" | "messages">> {
  try {
    const kind = kinds.find((candidate) => candidate.matches(golden));
    if (!kind) throw new NotMapped("no kind is like it");
    const reader = new CaseReader(golden);
    reader.remarks("compareRows");
    const compute = kind.map(reader);
    reader.finish();
    const misfits = compareCase(golden, await compute());
    return { status: misfits.length === 0 ? "passed" : "failed", messages: misfits };
  } catch (error) {
    const status = error instanceof NotMapped ? "not mapped" : "failed";
    return { status, messages: [error instanceof Error ? error.message : String(error)] };
  }
}
