import type { TensorInfo } from "@tensorflow/tfjs-core";
import {
  Add,
  AddN,
  EluGrad,
  Maximum,
  Minimum,
  Multiply,
  Pow,
  Prelu,
  RealDiv,
  SquaredDifference,
  Sub,
  util,
} from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend";
import { broadcast } from "../broadcast";
import { shared } from "../number-type";
import { simdOrCpuKernel } from "../on-cpu";
import { halfPower, reciprocal, square, unary } from "./unary";

interface Pair {
  a: TensorInfo;
  b: TensorInfo;
}

/** The assembly's numbers of an operation, by dtype of both operands. */
interface Operation {
  readonly float32: number;
  readonly int32?: number;
}

const add: Operation = { float32: 0, int32: 9 };
const sub: Operation = { float32: 1, int32: 10 };
const multiply: Operation = { float32: 2, int32: 11 };
const divide: Operation = { float32: 3 };
const maximum: Operation = { float32: 4, int32: 12 };
const minimum: Operation = { float32: 5, int32: 13 };
const squaredDifference: Operation = { float32: 6 };
const prelu: Operation = { float32: 7 };
const eluGrad: Operation = { float32: 8 };

/** One operation on each pair of numbers; undefined where the assembly has it not for their dtypes. */
function binary(
  backend: SimdBackend,
  operation: Operation,
  a: TensorInfo,
  b: TensorInfo,
): TensorInfo | undefined {
  const dtype = a.dtype as keyof Operation;
  const number = operation[dtype];
  if (number === undefined || a.dtype !== b.dtype) return undefined;
  return broadcast(backend, { a, b, kernel: "binary", operation: number, dtype });
}

function kernel(name: string, operation: Operation) {
  return simdOrCpuKernel<Pair>(name, ({ inputs: { a, b }, backend }) =>
    binary(backend, operation, a, b),
  );
}

/** The sum of tensors of one shape, from the first to the last. */
function sumOf(backend: SimdBackend, tensors: readonly TensorInfo[]): TensorInfo | undefined {
  const [first, ...rest] = tensors as [TensorInfo, ...TensorInfo[]];
  const alike = rest.every(({ dtype, shape }) => {
    return dtype === first.dtype && util.arraysEqual(shape, first.shape);
  });
  if (!alike || (first.dtype !== "float32" && first.dtype !== "int32")) return undefined;
  if (rest.length === 0) return shared(backend, first);
  let sum = first;
  for (const tensor of rest) {
    const next = binary(backend, add, sum, tensor)!;
    if (sum !== first) backend.disposeIntermediateTensorInfo(sum);
    sum = next;
  }
  return sum;
}

/** Powers whose exponent is one number of the few that are common. */
function power(backend: SimdBackend, { a, b }: Pair): TensorInfo | undefined {
  const covered =
    a.dtype === "float32" && b.dtype === "float32" && b.shape.length <= a.shape.length;
  if (!covered || util.sizeFromShape(b.shape) !== 1) return undefined;
  const [exponent] = backend.data.get(b.dataId).values as Float32Array;
  switch (exponent) {
    case -1:
      return unary(backend, reciprocal, a);
    case 0.5:
      return unary(backend, halfPower, a);
    case 1:
      return shared(backend, a);
    case 2:
      return unary(backend, square, a);
    case 3: {
      const squares = unary(backend, square, a);
      const cubes = binary(backend, multiply, squares, a);
      backend.disposeIntermediateTensorInfo(squares);
      return cubes;
    }
    default:
      return undefined;
  }
}

export const binaryKernels = [
  kernel(Add, add),
  kernel(Sub, sub),
  kernel(Multiply, multiply),
  kernel(RealDiv, divide),
  kernel(Maximum, maximum),
  kernel(Minimum, minimum),
  kernel(SquaredDifference, squaredDifference),
  simdOrCpuKernel<Pair>(Pow, ({ inputs, backend }) => power(backend, inputs)),
  simdOrCpuKernel<TensorInfo[]>(AddN, ({ inputs, backend }) => sumOf(backend, inputs)),
  simdOrCpuKernel<{ x: TensorInfo; alpha: TensorInfo }>(
    Prelu,
    ({ inputs: { x, alpha }, backend }) => binary(backend, prelu, x, alpha),
  ),
  simdOrCpuKernel<{ dy: TensorInfo; y: TensorInfo }>(EluGrad, ({ inputs: { dy, y }, backend }) =>
    binary(backend, eluGrad, dy, y),
  ),
];
