import {
  abs,
  concat,
  grads,
  greater,
  randomUniform,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tensor,
  util,
} from "@tensorflow/tfjs-core";
import * as ops from "../index";
import type { RandomSizes } from "./random-sizes";

/** What a call makes, its inputs included, so that they are born on whatever backend is active. */
export type Body = () => Tensor[];

/** The same numbers in [-2, 3) for the same seed. */
const floats = <T extends Tensor>(shape: readonly number[], seed: number) =>
  randomUniform([...shape], -2, 3, "float32", seed) as Tensor as T;
const wholes = <T extends Tensor>(shape: readonly number[], below: number, seed: number) =>
  tensor(
    Array.from({ length: util.sizeFromShape([...shape]) }, (_, n) => (7 * n * n + seed) % below),
    [...shape],
    "int32",
  ) as Tensor as T;
const some = (shape: readonly number[], share: number, seed: number) =>
  greater(share, randomUniform([...shape], 0, 1, "float32", seed));

/** The value, and the gradients of all inputs. */
const differentiated =
  (shapes: readonly (readonly number[])[], f: (...inputs: Tensor[]) => Tensor): Body =>
  () => {
    const inputs = shapes.map((shape, n) => floats(shape, n + 1));
    const value = f(...inputs);
    return [value, ...grads(f)(inputs, floats(value.shape, 99))];
  };

/** Every operation of this package that an engine may have a kernel of, as calls of random sizes. */
export const opCases: Readonly<Record<string, (sizes: RandomSizes) => Body>> = {
  adamWUpdate: (sizes) => {
    const shape = [sizes.upTo(3), sizes.withTail(70)];
    const options = { rate: 0.01, step: sizes.upTo(9), weightDecay: sizes.oneOf(0, 0.1) };
    const scaled = sizes.share() < 0.5;
    return () => {
      const updated = ops.adamWUpdate(
        {
          parameter: floats(shape, 1),
          gradient: floats(shape, 2),
          firstMoment: floats(shape, 3),
          secondMoment: abs(floats(shape, 4)),
          gradientScale: scaled ? tensor(0.3) : undefined,
        },
        options,
      );
      return [updated.parameter, updated.firstMoment, updated.secondMoment];
    };
  },
  attention: (sizes) => {
    const { shapes, batch, heads, queries, keys } = attentionShapes(sizes);
    const [causal, window, masked] = [sizes.share() < 0.5, sizes.upTo(9), sizes.share() < 0.5];
    const dropout = sizes.oneOf(undefined, { rate: 0.3, seed: sizes.upTo(1e6) });
    const bias = sizes.oneOf([], [[heads, queries, keys]], [[batch, 1, 1, keys]], [[queries, 1]]);
    return differentiated([...shapes, ...bias], (q, k, v, bias) =>
      ops.attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, {
        mask: {
          causal,
          window: masked ? { before: window } : undefined,
          keys: masked ? (some([batch, keys], 0.7, 5) as Tensor2D) : undefined,
        },
        bias,
        dropout,
      }),
    );
  },
  attentionWeights: (sizes) => {
    const { shapes } = attentionShapes(sizes);
    const causal = sizes.share() < 0.5;
    return differentiated(shapes.slice(0, 2), (q, k) =>
      ops.attentionWeights(q as Tensor4D, k as Tensor4D, { mask: { causal } }),
    );
  },
  cumsumFromEnd: (sizes) => {
    const exclusive = sizes.share() < 0.5;
    return differentiated([[sizes.upTo(3), sizes.withTail(70)]], (x) =>
      ops.cumsumFromEnd(x, -1, exclusive),
    );
  },
  dropout: (sizes) => {
    const options = { rate: 0.9 * sizes.share(), seed: sizes.upTo(1e9) };
    return differentiated([[sizes.upTo(5), sizes.withTail(300)]], (x) => ops.dropout(x, options));
  },
  embeddingLookup: (sizes) => {
    const [rows, ids] = [sizes.upTo(40), [sizes.upTo(3), sizes.upTo(23)]];
    return differentiated([[rows, sizes.withTail(70)]], (table) =>
      ops.embeddingLookup(table as Tensor2D, wholes(ids, rows, 3)),
    );
  },
  feedForward: (sizes) => {
    const [width, inner] = [sizes.upTo(20), sizes.withTail(70)];
    const activation = sizes.oneOf("gelu" as const, "gelu-tanh" as const, "silu" as const);
    return differentiated(
      [[sizes.upTo(40), width], [width, inner], [inner], [inner, width], [width]],
      (x, first, a, second, b) =>
        ops.feedForward(
          x,
          { kernel: first as Tensor2D, bias: a as Tensor1D },
          { kernel: second as Tensor2D, bias: b as Tensor1D },
          { activation, residual: x },
        ),
    );
  },
  gated: (sizes) => {
    const shape = [sizes.upTo(5), sizes.withTail(300)];
    const activation = sizes.oneOf("sigmoid" as const, "gelu" as const, "silu" as const);
    return differentiated([shape, shape], (gate, up) => ops.gated(gate, up, activation));
  },
  gelu: (sizes) => {
    const form = sizes.oneOf("erf" as const, "tanh" as const);
    return differentiated([[sizes.upTo(5), sizes.withTail(300)]], (x) => ops.gelu(x, form));
  },
  "globalNorm and clipCoefficient": (sizes) => {
    const shapes = Array.from({ length: sizes.upTo(9) }, () => [sizes.upTo(3), sizes.withTail(99)]);
    return () => {
      const norm = ops.globalNorm(shapes.map((shape, n) => floats(shape, n + 1)));
      return [norm, ops.clipCoefficient(norm as Scalar, 1.5)];
    };
  },
  layerNorm: (sizes) => {
    const width = 1 + sizes.withTail(130);
    const given = sizes.oneOf(0, 1, 2);
    return differentiated(
      [[sizes.upTo(3), sizes.upTo(7), width], ...Array<number[]>(given).fill([width])],
      (x, gain, bias) => ops.layerNorm(x, gain as Tensor1D, bias as Tensor1D),
    );
  },
  linear: (sizes) => {
    const [inputs, outputs] = [sizes.withTail(40), sizes.withTail(70)];
    const activation = sizes.oneOf("linear" as const, "gelu" as const, "silu" as const);
    const [rows, hasBias] = [[sizes.upTo(3), sizes.upTo(29)], sizes.share() < 0.7];
    const shapes = [
      [...rows, inputs],
      [inputs, outputs],
      [...rows, outputs],
    ];
    return differentiated(
      [...shapes, ...(hasBias ? [[outputs]] : [])],
      (x, kernel, residual, bias) =>
        ops.activatedLinear(x, kernel as Tensor2D, bias as Tensor1D, activation, { residual }),
    );
  },
  linears: (sizes) => {
    const [inputs, first, second] = [sizes.withTail(40), sizes.withTail(40), sizes.upTo(40)];
    const shapes = [[sizes.upTo(3), sizes.upTo(29), inputs], [inputs, first], [first]];
    return differentiated([...shapes, [inputs, second]], (x, kernel, bias, other) => {
      const maps = [
        { kernel: kernel as Tensor2D, bias: bias as Tensor1D },
        { kernel: other as Tensor2D },
      ];
      return concat(ops.linears(x, maps), -1);
    });
  },
  maskedSoftmax: (sizes) => {
    const shape = [sizes.upTo(2), sizes.upTo(3), sizes.upTo(9), sizes.withTail(70)];
    const causal = sizes.share() < 0.5;
    return differentiated([shape], (scores) =>
      ops.maskedSoftmax(scores as Tensor4D, { mask: { causal, dense: some(shape, 0.8, 3) } }),
    );
  },
  matMul: (sizes) => {
    const [rows, inner, columns] = [sizes.withTail(40), sizes.withTail(40), sizes.withTail(70)];
    const [transposeA, transposeB] = [sizes.share() < 0.5, sizes.share() < 0.5];
    const lead = sizes.oneOf([], [sizes.upTo(3)], [sizes.upTo(2), sizes.upTo(3)]);
    const a = transposeA ? [inner, rows] : [rows, inner];
    const b = transposeB ? [columns, inner] : [inner, columns];
    return differentiated(
      [
        [...lead, ...a],
        [...lead.map(() => 1), ...b],
      ],
      (a, b) => ops.matMul(a, b, { transposeA, transposeB }),
    );
  },
  rmsNorm: (sizes) => {
    const width = sizes.withTail(130);
    const gain = sizes.share() < 0.5 ? [] : [[width]];
    return differentiated([[sizes.upTo(3), sizes.upTo(7), width], ...gain], (x, gain) =>
      ops.rmsNorm(x, gain as Tensor1D),
    );
  },
  rotary: (sizes) => {
    const [batch, seq, pairs] = [sizes.upTo(3), sizes.upTo(9), sizes.withTail(20)];
    const rest = sizes.oneOf(0, 1, 6);
    const angles = sizes.oneOf([seq, pairs], [batch, seq, pairs]);
    const pairing = sizes.oneOf("half" as const, "interleaved" as const);
    // Worked out on the host: devices differ in cos.
    const table = (f: (angle: number) => number) => {
      const numbers = Array.from({ length: util.sizeFromShape(angles) }, (_, n) => f((n * n) / 7));
      return tensor(numbers, angles) as Tensor as Tensor3D;
    };
    return differentiated([[batch, sizes.upTo(3), seq, 2 * pairs + rest]], (x) =>
      ops.rotary(x as Tensor4D, table(Math.cos), table(Math.sin), pairing),
    );
  },
  silu: (sizes) => differentiated([[sizes.upTo(5), sizes.withTail(300)]], (x) => ops.silu(x)),
  "skew and unskew": (sizes) => {
    const [queries, keys] = [sizes.upTo(9), sizes.withTail(30)];
    return differentiated([[sizes.upTo(2), sizes.upTo(3), queries, queries + keys - 1]], (x) =>
      ops.unskew(ops.skew(x as Tensor4D)),
    );
  },
  softmaxCrossEntropy: (sizes) => {
    const [rows, classes] = [[sizes.upTo(3), sizes.upTo(9)], sizes.withTail(130)];
    const options = {
      ignoreIndex: sizes.oneOf(-100, 0),
      labelSmoothing: sizes.oneOf(0, 0.1),
      reduction: sizes.oneOf("mean" as const, "sum" as const, "none" as const),
      zLoss: sizes.oneOf(0, 0.01),
    };
    return differentiated([[...rows, classes]], (logits) =>
      ops.softmaxCrossEntropy(logits, wholes(rows, classes, 3), options),
    );
  },
  writeRows: (sizes) => {
    const [start, count, rest] = [sizes.upTo(9) - 1, sizes.upTo(9), sizes.upTo(9) - 1];
    const layout = sizes.oneOf("bhsd" as const, "bshd" as const);
    const [batch, heads, width] = [sizes.upTo(2), sizes.upTo(3), sizes.withTail(30)];
    const lie = (rows: number) =>
      layout === "bhsd" ? [batch, heads, rows, width] : [batch, rows, heads, width];
    return () => [
      ops.writeRows(
        floats<Tensor4D>(lie(start + count + rest), 1),
        floats<Tensor4D>(lie(count), 2),
        {
          start,
          layout,
        },
      ),
    ];
  },
};

function attentionShapes(sizes: RandomSizes) {
  const [batch, kvHeads, queries, keys] = [
    sizes.upTo(2),
    sizes.upTo(2),
    sizes.upTo(40),
    sizes.withTail(70),
  ];
  const heads = kvHeads * sizes.upTo(2);
  const [headDim, valueDim] = [sizes.upTo(24), sizes.upTo(24)];
  const shapes = [
    [batch, heads, queries, headDim],
    [batch, kvHeads, keys, headDim],
    [batch, kvHeads, keys, valueDim],
  ];
  return { shapes, batch, heads, queries, keys };
}
