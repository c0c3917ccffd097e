import {
  _FusedMatMul,
  type _FusedMatMulAttrs,
  BatchMatMul,
  type BatchMatMulAttrs,
  broadcast_util,
  getKernel,
  type KernelFunc,
  type TensorInfo,
  Tile,
  util,
} from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend";
import { multiply, type ProductActivation, stockActivations } from "../multiply";
import { simdKernel } from "../simd-kernel";

interface Operands {
  a: TensorInfo;
  b: TensorInfo;
}

interface FusedOperands extends Operands {
  bias?: TensorInfo;
  preluActivationWeights?: TensorInfo;
}

interface Epilogue {
  /** [columns] */
  bias?: TensorInfo | undefined;
  activation?: ProductActivation;
  alpha?: number;
}

/** Products over the last two axes, the axes before them broadcast. All float32. */
function matMul(
  backend: SimdBackend,
  { a, b }: Operands,
  transposeA: boolean,
  transposeB: boolean,
  { bias, activation = "linear", alpha = 0 }: Epilogue = {},
): TensorInfo {
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [rows, inner] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [given, columns] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  if (given !== inner || columns === undefined) {
    throw new Error(
      `matMul: expected b with ${inner} inner for a of [${a.shape.join(", ")}], got [${b.shape.join(", ")}]`,
    );
  }
  const aLead = a.shape.slice(0, -2);
  const lead =
    b.shape.length === 2
      ? aLead
      : broadcast_util.assertAndGetBroadcastShape(aLead, b.shape.slice(0, -2));
  const output = backend.output([...lead, rows, columns]);
  const matrix = (info: TensorInfo, transposed: boolean, width: number) => ({
    address: backend.addressOf(info),
    row: transposed ? 1 : width,
    column: transposed ? width : 1,
  });
  const shared = {
    rows,
    inner,
    columns,
    bias: bias ? backend.addressOf(bias) : 0,
    activation,
    alpha,
  };
  const [left, right] = [matrix(a, transposeA, aColumns), matrix(b, transposeB, bColumns)];
  const address = backend.addressOf(output);
  for (const { batch, aAt, bAt, aNext, bNext, cAt } of runsOf(a.shape, b.shape, lead)) {
    multiply(backend, {
      ...shared,
      batch,
      a: { ...left, address: left.address + aAt * rows * inner * 4, next: aNext * rows * inner },
      b: {
        ...right,
        address: right.address + bAt * inner * columns * 4,
        next: bNext * inner * columns,
      },
      c: { address: address + cAt * rows * columns * 4, row: columns, next: rows * columns },
    });
  }
  return output;
}

/** The cpu backend's product, for whole numbers, of operands spread to the same batch axes. */
function cpuMatMul(backend: SimdBackend, { a, b }: Operands, attrs: BatchMatMulAttrs): TensorInfo {
  const lead = broadcast_util.assertAndGetBroadcastShape(
    a.shape.slice(0, -2),
    b.shape.slice(0, -2),
  );
  const spread = [a, b].map((x) => {
    const shape = [...Array<number>(lead.length + 2 - x.shape.length).fill(1), ...x.shape];
    const reps = shape.map((size, axis) => (size === 1 ? (lead[axis] ?? 1) : 1));
    return call(Tile, backend, { x: { ...x, shape } }, { reps });
  });
  const output = call(BatchMatMul, backend, { a: spread[0]!, b: spread[1]! }, attrs);
  for (const copy of spread) backend.disposeIntermediateTensorInfo(copy);
  return output;
}

/** What the product's epilogue has no way to do is done by kernels after it. */
function fusedMatMul(
  backend: SimdBackend,
  { a, b, bias, preluActivationWeights: alpha }: FusedOperands,
  { transposeA, transposeB, activation, leakyreluAlpha }: _FusedMatMulAttrs,
): TensorInfo {
  const known = (activation ?? "linear") as (typeof stockActivations)[number];
  const columns = b.shape[b.shape.length - (transposeB ? 2 : 1)]!;
  const byColumn =
    !bias || (util.sizeFromShape(bias.shape) === columns && (bias.shape.at(-1) ?? 1) === columns);
  if (byColumn && stockActivations.includes(known)) {
    const epilogue = { bias, activation: known, alpha: leakyreluAlpha ?? 0 };
    return matMul(backend, { a, b }, transposeA, transposeB, epilogue);
  }
  const steps: ((x: TensorInfo) => TensorInfo)[] = [];
  if (bias) steps.push((x) => call("Add", backend, { a: x, b: bias }, {}, "simd"));
  const after = afterwards[activation];
  const inputs = (x: TensorInfo) => ({ x, ...(alpha ? { alpha } : {}) });
  const attrs = { alpha: leakyreluAlpha };
  if (after) steps.push((x) => call(after, backend, inputs(x), attrs, "simd"));
  let current = matMul(backend, { a, b }, transposeA, transposeB);
  for (const step of steps) {
    const next = step(current);
    backend.disposeIntermediateTensorInfo(current);
    current = next;
  }
  return current;
}

/** Kernels by tfjs's name of the activation. */
const afterwards: Readonly<Record<string, string>> = {
  relu: "Relu",
  relu6: "Relu6",
  elu: "Elu",
  leakyrelu: "LeakyRelu",
  sigmoid: "Sigmoid",
  prelu: "Prelu",
};

function call(
  name: string,
  backend: SimdBackend,
  inputs: Record<string, TensorInfo>,
  attrs: object,
  owner: "cpu" | "simd" = "cpu",
): TensorInfo {
  const kernelFunc = getKernel(name, owner)!.kernelFunc as KernelFunc;
  return kernelFunc({ inputs, attrs: attrs as Record<string, never>, backend }) as TensorInfo;
}

const allFloats = (...infos: (TensorInfo | undefined)[]) =>
  infos.every((info) => info === undefined || info.dtype === "float32");

const products = [BatchMatMul, "TxMatMul"].map((name) =>
  simdKernel<Operands, BatchMatMulAttrs>(name, ({ inputs, attrs, backend }) => {
    const { transposeA, transposeB } = attrs;
    if (allFloats(inputs.a, inputs.b)) return matMul(backend, inputs, transposeA, transposeB);
    return cpuMatMul(backend, inputs, attrs);
  }),
);

export const matMulKernels = [
  ...products,
  simdKernel<FusedOperands, _FusedMatMulAttrs>(_FusedMatMul, ({ inputs, attrs, backend }) => {
    const { a, b, bias, preluActivationWeights } = inputs;
    if (allFloats(a, b, bias, preluActivationWeights)) return fusedMatMul(backend, inputs, attrs);
    return call(_FusedMatMul, backend, { ...inputs }, attrs);
  }),
];

interface Run {
  batch: number;
  /** First matrices, counted in matrices. */
  aAt: number;
  bAt: number;
  cAt: number;
  /** Steps within the run, counted in matrices. */
  aNext: number;
  bNext: number;
}

/** The batch as runs in which either side steps evenly: one run unless axes broadcast unevenly. */
function runsOf(a: number[], b: number[], lead: number[]): Run[] {
  const batch = util.sizeFromShape(lead);
  if (b.length === 2) return [{ batch, aAt: 0, bAt: 0, cAt: 0, aNext: 1, bNext: 0 }];
  const [aCount, bCount] = [a, b].map((shape) => util.sizeFromShape(shape.slice(0, -2)));
  const even = (count: number | undefined) => count === batch || count === 1;
  if (even(aCount) && even(bCount)) {
    const step = (count: number | undefined) => (count === batch ? 1 : 0);
    return [{ batch, aAt: 0, bAt: 0, cAt: 0, aNext: step(aCount), bNext: step(bCount) }];
  }
  const place = (shape: number[], index: number) => {
    let [rest, at, stride] = [index, 0, 1];
    for (let axis = lead.length - 1; axis >= 0; axis--) {
      const size = shape[axis + shape.length - 2 - lead.length] ?? 1;
      if (size > 1) at += (rest % lead[axis]!) * stride;
      stride *= size;
      rest = Math.floor(rest / lead[axis]!);
    }
    return at;
  };
  return Array.from({ length: batch }, (_, cAt) => {
    return { batch: 1, aAt: place(a, cAt), bAt: place(b, cAt), cAt, aNext: 0, bNext: 0 };
  });
}
