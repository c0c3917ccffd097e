import type { TensorInfo } from "@tensorflow/tfjs-core";
import {
  Equal,
  Greater,
  GreaterEqual,
  Less,
  LessEqual,
  LogicalAnd,
  LogicalNot,
  LogicalOr,
  NotEqual,
} from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend";
import { broadcast } from "../broadcast";
import type { NumberType } from "../number-type";
import { simdOrCpuKernel } from "../on-cpu";

interface Pair {
  a: TensorInfo;
  b: TensorInfo;
}

/** The assembly's numbers of a comparison, by dtype of both operands. */
type Comparison = Partial<Record<NumberType, number>>;

const equal: Comparison = { float32: 0, int32: 4, bool: 2 };
const notEqual: Comparison = { float32: 1, int32: 5, bool: 3 };
const greater: Comparison = { float32: 2, int32: 6 };
const greaterEqual: Comparison = { float32: 3, int32: 7 };
const and: Comparison = { bool: 0 };
const or: Comparison = { bool: 1 };
/** Of the first operand alone. */
const not: Comparison = { bool: 4 };

function compare(
  backend: SimdBackend,
  comparison: Comparison,
  a: TensorInfo,
  b: TensorInfo,
): TensorInfo | undefined {
  const operation = comparison[a.dtype as NumberType];
  if (operation === undefined || a.dtype !== b.dtype) return undefined;
  const kernel = a.dtype === "bool" ? "logic" : "compare";
  return broadcast(backend, { a, b, kernel, operation, dtype: "bool" });
}

function kernel(name: string, comparison: Comparison) {
  return simdOrCpuKernel<Pair>(name, ({ inputs: { a, b }, backend }) =>
    compare(backend, comparison, a, b),
  );
}

/** a < b is b > a. */
function turned(name: string, comparison: Comparison) {
  return simdOrCpuKernel<Pair>(name, ({ inputs: { a, b }, backend }) =>
    compare(backend, comparison, b, a),
  );
}

export const compareKernels = [
  kernel(Equal, equal),
  kernel(NotEqual, notEqual),
  kernel(Greater, greater),
  kernel(GreaterEqual, greaterEqual),
  turned(Less, greater),
  turned(LessEqual, greaterEqual),
  kernel(LogicalAnd, and),
  kernel(LogicalOr, or),
  simdOrCpuKernel<{ x: TensorInfo }>(LogicalNot, ({ inputs: { x }, backend }) =>
    compare(backend, not, x, x),
  ),
];
