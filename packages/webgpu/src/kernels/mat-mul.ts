import { broadcast_util, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { WebgpuBackend } from "../backend";
import { fitsDispatch, placeIn, tileOf } from "../product";
import { productCode } from "../product-code";
import { dispatch, int } from "../program";
import { settings } from "../settings";
import { areAll, made } from "../tensors";
import { declined, webgpuKernel } from "../webgpu-kernel";

interface Operands {
  /** [..., rows, inner] or, transposed, [..., inner, rows] */
  a: TensorInfo;
  /** [..., inner, columns] or, transposed, [..., columns, inner] */
  b: TensorInfo;
}

interface Attributes {
  transposeA: boolean;
  transposeB: boolean;
}

/** Batch axes that a program steps along. */
const AXES = 4;

function sizesOf({ a, b }: Operands, { transposeA, transposeB }: Attributes) {
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [rows, inner] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  return { rows, inner, columns: transposeB ? bRows : bColumns };
}

/** Whether this program is to do a call that it can do; see {@link WebgpuSettings}. */
function isWanted({ a, b }: Operands, lead: readonly number[]): boolean {
  if (settings.products !== "auto") return settings.products === "own";
  // For tfjs's product the operand that is broadcast has to be copied out.
  const batch = util.sizeFromShape([...lead]);
  return [a, b].some(({ shape }) => util.sizeFromShape(shape.slice(0, -2)) < batch);
}

export const matMulKernels = [
  webgpuKernel<Operands, Attributes>("TxMatMul", ({ inputs, attrs, backend }) => {
    const { a, b } = inputs;
    if (!areAll("float32", a, b)) return declined;
    const sizes = sizesOf(inputs, attrs);
    const lead = broadcast_util.assertAndGetBroadcastShape(
      a.shape.slice(0, -2),
      b.shape.slice(0, -2),
    );
    const batch = util.sizeFromShape(lead);
    const limit = backend.device.limits.maxComputeWorkgroupsPerDimension;
    const fits = fitsDispatch(backend, sizes) && lead.length <= AXES && batch <= limit;
    if (!fits || !isWanted(inputs, lead)) return declined;
    const output = made(backend, [...lead, sizes.rows, sizes.columns]);
    multiplyBatches(backend, inputs, attrs, { sizes, lead, batch }, output);
    return output;
  }),
];

interface Batches {
  readonly sizes: ReturnType<typeof sizesOf>;
  /** The batch axes that both operands broadcast to. */
  readonly lead: readonly number[];
  readonly batch: number;
}

function multiplyBatches(
  backend: WebgpuBackend,
  { a, b }: Operands,
  { transposeA, transposeB }: Attributes,
  { sizes, lead, batch }: Batches,
  output: TensorInfo,
): void {
  const tile = tileOf(sizes);
  const axes = [...Array<number>(AXES - lead.length).fill(1), ...lead];
  const placeA = placeIn(transposeA, ["uniforms.rows", "uniforms.inner"]);
  const placeB = placeIn(transposeB, ["uniforms.inner", "uniforms.columns"]);
  dispatch(backend, {
    name: `batchProduct_${tile}_${Number(transposeA)}${Number(transposeB)}`,
    reads: { a, b },
    writes: { output },
    uniforms: {
      rows: int(sizes.rows),
      columns: int(sizes.columns),
      inner: int(sizes.inner),
      ...Object.fromEntries(axes.map((size, n) => [`size${n}`, int(size)])),
      ...stepsOf("a", a.shape),
      ...stepsOf("b", b.shape),
    },
    threads: 256,
    groups: [Math.ceil(sizes.columns / tile), Math.ceil(sizes.rows / tile), batch],
    code: () =>
      productCode({
        ...{ tile, transposedA: transposeA, transposedB: transposeB },
        ...{ isSplit: false, withColumnSums: false },
        declarations: "var<private> aAt = 0;\nvar<private> bAt = 0;",
        begin: BEGIN,
        tileAcross: "i32(workgroupId.x)",
        columns: "uniforms.columns",
        a: (row, k) => `a[aAt + ${placeA(row, k)}]`,
        b: (k, column) => `b[bAt + ${placeB(k, column)}]`,
        write: (row, column, sum) =>
          `output[outputAt + ${row} * uniforms.columns + ${column}] = ${sum};`,
      }),
  });
}

/** Where the workgroup's matrices begin. */
const BEGIN = `let outputAt = i32(workgroupId.z) * uniforms.rows * uniforms.columns;
  var place = i32(workgroupId.z);
  ${[3, 2, 1, 0]
    .map(
      (axis) => `aAt += place % uniforms.size${axis} * uniforms.aStep${axis};
  bAt += place % uniforms.size${axis} * uniforms.bStep${axis};
  place = place / uniforms.size${axis};`,
    )
    .join("\n  ")}`;

/** Steps in numbers along each batch axis; 0 where an operand is broadcast. */
function stepsOf(name: string, shape: readonly number[]) {
  const whole = [...Array<number>(AXES + 2 - shape.length).fill(1), ...shape];
  return Object.fromEntries(
    Array.from({ length: AXES }, (_, axis) => {
      const step = whole[axis] === 1 ? 0 : util.sizeFromShape(whole.slice(axis + 1));
      return [`${name}Step${axis}`, int(step)] as const;
    }),
  );
}
