import { bringUp } from "@tx/testing";
import { beforeAll, expect, test } from "vitest";
import { parseCase } from "../golden-case";
import { runCase } from "../run-case";
import { kinds } from "./index";

const LOGITS = [
  [0.5, -1, 2, 0.25],
  [1, 1, -0.5, 0],
  [3, 0.125, -2, 1],
];
const TARGETS = [2, 3, 0];
const [Z, SMOOTHING, IGNORED] = [0.02, 0.1, 3];

/** By hand, in float64: the loss of each row. */
const each = LOGITS.map((row, n) => {
  if (TARGETS[n] === IGNORED) return 0;
  const logSum = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
  const spread = row.reduce((sum, logit) => sum + logSum - logit, 0) / row.length;
  return (1 - SMOOTHING) * (logSum - row[TARGETS[n]!]!) + SMOOTHING * spread + Z * logSum ** 2;
});
const sum = each.reduce((total, loss) => total + loss, 0);

const caseOf = (config: object, output: number | number[]) => {
  const scalar = (value: number) => ({ shape: [], data: [value] });
  return parseCase(
    "model/z.json",
    JSON.stringify({
      case: "model/cross_entropy_z",
      config: { ignoreIndex: IGNORED, labelSmoothing: SMOOTHING, classes: 4, ...config },
      inputs: {
        logits: { shape: [3, 4], data: LOGITS.flat() },
        targets: { shape: [3], data: TARGETS },
      },
      outputs: {
        output: Array.isArray(output) ? { shape: [3], data: output } : scalar(output),
        loss_sum: scalar(sum),
        loss_each: { shape: [3], data: each },
      },
      tolerance: { abs: 5e-6, rel: 1e-5 },
    }),
  );
};

beforeAll(() => bringUp("cpu"));

test.each([
  ["mean", sum / 2],
  ["sum", sum],
  ["none", each],
] as const)("a z-loss is read, reduction %s", async (reduction, output) => {
  const golden = caseOf({ reduction, zLoss: Z }, output as number | number[]);
  expect((await runCase(golden, kinds)).status).toBe("passed");
  const without = caseOf({ reduction }, output as number | number[]);
  expect((await runCase(without, kinds)).status).toBe("failed");
  const unknown = caseOf({ reduction, zLoss: Z, classWeights: 1 }, output as number | number[]);
  expect((await runCase(unknown, kinds)).status).toBe("not mapped");
});
