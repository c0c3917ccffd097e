import * as tf from "@tensorflow/tfjs-core";
import { expectGradients, expectNoLeak } from "@tx/testing";
import { expect } from "vitest";
import { registerGradients } from ".";
import { allGradients } from "./register-gradients";

export interface Input {
  shape: number[];
  values: number[];
}

/** A kernel, a function that runs it, and points where that function is smooth. */
export type Case = readonly [
  kernel: string,
  f: (...xs: tf.Tensor[]) => tf.Tensor,
  ...inputs: Input[],
];

const sizeOf = (shape: number[]) => shape.reduce((size, n) => size * n, 1);
/** Fractions in [0, 1), evenly spread and all different: multiples of the golden ratio. */
const fraction = (n: number) => (n * 0.6180339887498949) % 1;

/** Entries in [low, high), no two close together. */
export const within = (low: number, high: number, shape: number[], shift = 1): Input => ({
  shape,
  values: Array.from({ length: sizeOf(shape) }, (_, n) => low + (high - low) * fraction(n + shift)),
});
/** Entries of both signs, none near 0, where many functions have a kink. */
export const signed = (shape: number[], shift = 1): Input => ({
  shape,
  values: within(0.3, 1.8, shape, shift).values.map((x, n) => (n % 3 === 1 ? -x : x)),
});

export const ids = (...values: number[]) => tf.tensor1d(values, "int32");
export const run = (kernel: string, inputs: Record<string, tf.Tensor>, attributes: object) =>
  tf.engine().runKernel(kernel, inputs, attributes as tf.NamedAttrMap) as tf.Tensor;
export const positive = (x: tf.Tensor) => tf.greater(x, 0);
export const matMul = (transposeA: boolean, transposeB: boolean) => (a: tf.Tensor, b: tf.Tensor) =>
  tf.matMul(a, b, transposeA, transposeB);

const unary: Case[] = [
  [tf.Abs, tf.abs, signed([7])],
  [tf.Acos, tf.acos, within(-0.8, 0.8, [7])],
  [tf.Acosh, tf.acosh, within(1.3, 3, [7])],
  [tf.Asin, tf.asin, within(-0.8, 0.8, [7])],
  [tf.Asinh, tf.asinh, within(-2, 2, [7])],
  [tf.Atan, tf.atan, within(-2, 2, [7])],
  [tf.Atanh, tf.atanh, within(-0.8, 0.8, [7])],
  [tf.Cast, (x) => tf.cast(x, "float32"), within(-2, 2, [7])],
  [tf.Cast, (x) => tf.cast(x, "int32"), within(1.1, 1.9, [7])],
  [tf.Ceil, tf.ceil, within(1.1, 1.9, [7])],
  [tf.ClipByValue, (x) => tf.clipByValue(x, -0.9, 0.9), signed([11])],
  [tf.Cos, tf.cos, within(-2, 2, [7])],
  [tf.Cosh, tf.cosh, within(-2, 2, [7])],
  [tf.Elu, tf.elu, signed([7])],
  [tf.Erf, tf.erf, signed([7])],
  [tf.Exp, tf.exp, within(-2, 2, [7])],
  [tf.Expm1, tf.expm1, within(-2, 2, [7])],
  [tf.Floor, tf.floor, within(1.1, 1.9, [7])],
  [tf.Identity, tf.clone, within(-2, 2, [7])],
  [tf.IsFinite, tf.isFinite, signed([7])],
  [tf.IsInf, tf.isInf, signed([7])],
  [tf.IsNan, tf.isNaN, signed([7])],
  [tf.LeakyRelu, (x) => tf.leakyRelu(x, 0.3), signed([7])],
  [tf.Log, tf.log, within(0.5, 3, [7])],
  [tf.Log1p, tf.log1p, within(-0.5, 3, [7])],
  [tf.LogicalNot, (x) => tf.logicalNot(positive(x)), signed([7])],
  [tf.Neg, tf.neg, within(-2, 2, [7])],
  [tf.OnesLike, tf.onesLike, signed([7])],
  [tf.Reciprocal, tf.reciprocal, within(0.7, 2, [7])],
  [tf.Relu, tf.relu, signed([7])],
  [tf.Relu6, (x) => tf.relu6(tf.mul(x, 6 / 0.9)), signed([11])],
  [tf.Round, tf.round, within(0.6, 1.4, [7])],
  [tf.Rsqrt, tf.rsqrt, within(0.7, 2, [7])],
  [tf.Selu, tf.selu, signed([7])],
  [tf.Sigmoid, tf.sigmoid, within(-3, 3, [7])],
  [tf.Sign, tf.sign, signed([7])],
  [tf.Sin, tf.sin, within(-2, 2, [7])],
  [tf.Sinh, tf.sinh, within(-2, 2, [7])],
  [tf.Softplus, tf.softplus, within(-3, 3, [7])],
  [tf.Sqrt, tf.sqrt, within(0.7, 3, [7])],
  [tf.Square, tf.square, within(-2, 2, [7])],
  [tf.Step, (x) => tf.step(x, 0.2), signed([7])],
  [tf.Tan, tf.tan, within(-1, 1, [7])],
  [tf.Tanh, tf.tanh, within(-2, 2, [7])],
  [tf.ZerosLike, tf.zerosLike, signed([7])],
];

/** Two operands of one shape, then each of them broadcast, then both. */
const broadcasts = (
  kernel: string,
  f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  input: (shape: number[], shift: number) => Input = signed,
): Case[] => [
  [kernel, f, input([2, 3], 1), input([2, 3], 9)],
  [kernel, f, input([2, 3], 1), input([3], 9)],
  [kernel, f, input([], 1), input([2, 3], 9)],
  [kernel, f, input([2, 1, 3], 1), input([5, 1], 9)],
];

const arithmetic: Case[] = [
  ...broadcasts(tf.Add, tf.add),
  [tf.Add, (x) => tf.add(x, x), signed([5])],
  [tf.AddN, (a, b, c) => tf.addN([a, b, c]), signed([5]), signed([5], 6), signed([5], 11)],
  ...broadcasts(tf.Atan2, tf.atan2),
  ...broadcasts(tf.Equal, tf.equal),
  ...broadcasts(tf.FloorDiv, tf.floorDiv, (shape, shift) =>
    shift === 1 ? within(4.2, 4.8, shape) : within(1.7, 1.9, shape),
  ),
  ...broadcasts(tf.Greater, tf.greater),
  ...broadcasts(tf.GreaterEqual, tf.greaterEqual),
  ...broadcasts(tf.Less, tf.less),
  ...broadcasts(tf.LessEqual, tf.lessEqual),
  ...broadcasts(tf.LogicalAnd, (a, b) => tf.logicalAnd(positive(a), positive(b))),
  ...broadcasts(tf.LogicalOr, (a, b) => tf.logicalOr(positive(a), positive(b))),
  ...broadcasts(tf.Maximum, tf.maximum),
  ...broadcasts(tf.Minimum, tf.minimum),
  ...broadcasts(tf.Mod, tf.mod, (shape, shift) =>
    shift === 1 ? within(4.2, 4.8, shape) : within(1.7, 1.9, shape),
  ),
  ...broadcasts(tf.Multiply, tf.mul),
  [tf.Multiply, (x) => tf.mul(x, tf.scalar(3, "int32")), signed([5])],
  [tf.Multiply, (x) => tf.mul(x, x), signed([5])],
  ...broadcasts(tf.NotEqual, tf.notEqual),
  ...broadcasts(tf.Pow, tf.pow, (shape, shift) => within(0.5, 2, shape, shift)),
  [tf.Pow, (x) => tf.pow(x, 3), signed([5])],
  // Only the slope is broadcast: the wasm backend cannot broadcast x.
  ...broadcasts(tf.Prelu, tf.prelu).slice(0, 2),
  ...broadcasts(tf.RealDiv, tf.div),
  ...broadcasts(tf.SquaredDifference, tf.squaredDifference),
  ...broadcasts(tf.Sub, tf.sub),
];

const reductions: Case[] = [
  [tf.All, (x) => tf.all(positive(x), 1), signed([2, 3])],
  [tf.Any, (x) => tf.any(positive(x), -1), signed([2, 3])],
  [tf.ArgMax, (x) => tf.argMax(x, 1), signed([2, 3])],
  [tf.ArgMin, (x) => tf.argMin(x, 0), signed([2, 3])],
  ...([tf.sum, tf.mean, tf.max, tf.min, tf.prod] as const).flatMap((reduce, n): Case[] => {
    const kernel = [tf.Sum, tf.Mean, tf.Max, tf.Min, tf.Prod][n]!;
    return [
      [kernel, (x) => reduce(x), signed([2, 3])],
      [kernel, (x) => reduce(x, -1), signed([2, 3])],
      [kernel, (x) => reduce(x, 0, true), signed([2, 3])],
      [kernel, (x) => reduce(x, [0, 2]), signed([2, 3, 5])],
      [kernel, (x) => reduce(x, [-2]), signed([2, 3, 5])],
    ];
  }),
  [tf.Prod, (x) => tf.prod(x, 1), { shape: [2, 3], values: [0, 2, 3, 0, 5, 0] }],
  ...[0, 1, 2].flatMap((axis): Case[] => [
    [tf.Cumsum, (x) => tf.cumsum(x, axis), signed([2, 3, 5])],
    [tf.Cumsum, (x) => tf.cumsum(x, axis, true), signed([2, 3, 5])],
    [tf.Cumsum, (x) => tf.cumsum(x, axis, false, true), signed([2, 3, 5])],
    [tf.Cumsum, (x) => tf.cumsum(x, axis, true, true), signed([2, 3, 5])],
  ]),
  [tf.Softmax, (x) => tf.softmax(x), signed([2, 5])],
  [tf.LogSoftmax, (x) => run(tf.LogSoftmax, { logits: x }, { axis: 1 }), signed([2, 5])],
];

const shapes: Case[] = [
  [tf.BroadcastTo, (x) => run(tf.BroadcastTo, { x }, spreading), signed([3, 1])],
  [tf.Concat, (a, b) => tf.concat([a, b]), signed([2, 3]), signed([5, 3])],
  [
    tf.Concat,
    (a, b, c) => tf.concat([a, b, c], -1),
    signed([2, 3]),
    signed([2, 1]),
    signed([2, 5]),
  ],
  [tf.Concat, (x) => tf.concat([x, x], 1), signed([2, 3])],
  [tf.ExpandDims, (x) => tf.expandDims(x, 1), signed([2, 3])],
  [tf.ExpandDims, (x) => tf.expandDims(x, -1), signed([2, 3])],
  [tf.Pack, (a, b) => tf.stack([a, b]), signed([3]), signed([3], 5)],
  [tf.Pack, (a, b, c) => tf.stack([a, b, c], -1), signed([2]), signed([2], 5), signed([2], 9)],
  [tf.PadV2, (x) => tf.pad(x, [[0, 2], [1, 3]], 7), signed([2, 3])], // biome-ignore format: one row
  [tf.Reshape, (x) => tf.reshape(x, [3, 2]), signed([2, 3])],
  [tf.Reverse, (x) => tf.reverse(x, -1), signed([2, 3])],
  [tf.Reverse, (x) => tf.reverse(x, [0, 2]), signed([2, 3, 5])],
  [tf.Slice, (x) => tf.slice(x, 2, 3), signed([7])],
  [tf.Slice, (x) => tf.slice(x, [1], [1]), signed([2, 3])],
  [tf.Slice, (x) => tf.slice(x, [0, 1, 2], [-1, 2, 1]), signed([2, 3, 5])],
  [tf.SplitV, (x) => tf.split(x, [2, 3], -1)[1]!, signed([2, 5])],
  [tf.SplitV, (x) => tf.mul(...(tf.split(x, 2) as [tf.Tensor, tf.Tensor])), signed([6, 1])],
  [tf.SplitV, (x) => tf.split(x, 1)[0]!, signed([3, 2])],
  [tf.Tile, (x) => tf.tile(x, [2, 1, 3]), signed([2, 3, 5])],
  [tf.Tile, (x) => tf.tile(x, [2, 1, 1, 2, 3]), signed([1, 2, 1, 3, 1])],
  [tf.Tile, (x) => tf.broadcastTo(x, [2, 3, 5]), signed([3, 1])],
  [tf.Transpose, (x) => tf.transpose(x, [2, 0, 1]), signed([2, 3, 5])],
  [tf.Unpack, (x) => tf.unstack(x)[1]!, signed([2, 3])],
  [tf.Unpack, (x) => tf.addN(tf.unstack(x, -1)), signed([2, 3])],
  [tf.Unpack, (x) => tf.unstack(x)[0]!, signed([1, 3])],
];

const flags = [false, true];
const products: Case[] = [
  ...flags.flatMap((a) =>
    flags.flatMap((b): Case[] => {
      const left = (...batch: number[]) => signed([...batch, ...(a ? [3, 2] : [2, 3])]);
      const right = (...batch: number[]) => signed([...batch, ...(b ? [5, 3] : [3, 5])]);
      return [
        [tf.BatchMatMul, matMul(a, b), left(), right()],
        [tf.BatchMatMul, matMul(a, b), left(1), right(1)],
        [tf.BatchMatMul, matMul(a, b), left(7), right(7)],
        [tf.BatchMatMul, matMul(a, b), left(2, 3), right(2, 3)],
        [tf.BatchMatMul, matMul(a, b), left(2, 3), right()],
        [tf.BatchMatMul, matMul(a, b), left(7), right(1)],
        [tf.BatchMatMul, matMul(a, b), left(1), right(7)],
        [tf.BatchMatMul, matMul(a, b), left(2, 3), right(3)],
      ];
    }),
  ),
];

const selections: Case[] = [
  [tf.GatherV2, (x) => tf.gather(x, ids(2, 0, 2, 1, 2)), signed([3, 2])],
  [tf.GatherV2, (x) => tf.gather(x, tf.tensor2d([4, 1, 1, 0], [2, 2], "int32")), signed([5, 3])],
  [tf.GatherV2, (x) => tf.gather(x, ids(2, 0, 2), 1), signed([2, 3, 5])],
  [tf.GatherV2, (x) => tf.gather(x, ids(4, 1, 4, 4), -1), signed([2, 3, 5])],
  [tf.GatherV2, (x) => tf.gather(x, tf.scalar(1, "int32")), signed([3])],
  [tf.GatherV2, (x) => tf.gather(x, tf.argMax(x, 1)), signed([3, 2])],
  [tf.OneHot, (x) => tf.oneHot(tf.cast(x, "int32"), 5), within(1.1, 1.9, [2, 3])],
  [tf.Select, (a, b) => tf.where(tf.greater(a, 0.9), a, b), signed([2, 3]), signed([2, 3], 9)],
  [tf.Select, (a, b) => tf.where(positive(b), a, b), signed([3]), signed([2, 1], 2)],
  [
    tf.UnsortedSegmentSum,
    (x) => tf.unsortedSegmentSum(x, ids(1, 3, 1, -1, 4), 5),
    signed([5, 2, 3]),
  ],
];

const spreading = { shape: [2, 3, 5], inputShape: [3, 1] };
export const cases: readonly Case[] = [
  ...unary,
  ...arithmetic,
  ...reductions,
  ...shapes,
  ...products,
  ...selections,
];

/** Names a case in the test's report. */
export const titled = (list: readonly Case[]) =>
  list.map((one) => {
    const [kernel, , ...inputs] = one;
    const shapes = inputs.map(({ shape }) => `[${shape.join(", ")}]`).join(" ");
    return [kernel, shapes, one] as const;
  });

export const toTensor = ({ shape, values }: Input) => tf.tensor(values, shape, "float32");

/** What a backend of tfjs 4.22.0 cannot run at all, so that there is nothing to differentiate. */
export const missingKernels: Record<string, string[]> = {
  wasm: [tf.UnsortedSegmentSum],
};

/** Kernels that tfjs names but that hardly any backend has: stand-ins, for the tape to see. */
const standIns: Record<string, (inputs: Record<string, tf.Tensor>) => tf.Tensor> = {
  [tf.BroadcastTo]: ({ x }) => tf.broadcastTo(x!, spreading.shape),
  [tf.LogSoftmax]: ({ logits }) => tf.logSoftmax(logits!),
};

/**
 * Registers the gradients and the stand-ins for this file's tests.
 *
 * @returns Takes back what was not there before, as other test files may share the process.
 */
export function introduce(): () => void {
  const backendName = tf.getBackend();
  const kernels = Object.keys(standIns).filter((name) => !tf.getKernel(name, backendName));
  for (const kernelName of kernels) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs }) => standIns[kernelName]!(inputs as Record<string, tf.Tensor>),
    });
  }
  // Those of tfjs, which tfjs-node brings, would be tested in place of ours.
  const names = allGradients().map(({ kernelName }) => kernelName);
  const others = names.map((name) => tf.getGradient(name)).filter(Boolean);
  for (const { kernelName } of others) tf.unregisterGradient(kernelName);
  registerGradients();
  return () => {
    for (const kernelName of kernels) tf.unregisterKernel(kernelName, backendName);
    for (const name of names) tf.unregisterGradient(name);
    others.forEach(tf.registerGradient);
  };
}

/** The kernel runs, its gradient agrees with finite differences, and nothing is left over. */
export async function expectCase([kernel, f, ...inputs]: Case): Promise<void> {
  await expectNoLeak(async () => {
    const xs = inputs.map(toTensor);
    const { kernelNames, result } = await tf.profile(() => tf.tidy(() => f(...xs)));
    expect(kernelNames).toContain(kernel);
    await expectGradients(f, xs);
    tf.dispose([...xs, result as tf.Tensor]);
  });
}
