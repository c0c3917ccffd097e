import { reshape, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { runAlone, runKernelOr } from "../run-kernel";
import { refuseShape } from "../shapes";
import { withGradient } from "../with-gradient";
import { leadOf, type MatMulOptions, matMulReference, sumTo } from "./reference";

/**
 * Matrix product over the last two axes; the axes before them broadcast.
 *
 * Unlike tfjs 4.22.0's matMul its gradient is right when a batch axis is broadcast, and needs
 * nothing registered.
 *
 * Kernel contract: `TxMatMul` {a, b} {transposeA, transposeB} → [..., rows, columns].
 * The gradient is two products of the same kernel.
 *
 * @param a [..., rows, inner], or [..., inner, rows] with transposeA
 * @param b [..., inner, columns], or [..., columns, inner] with transposeB
 * @returns [..., rows, columns]
 * @throws ShapeError if the inner sizes differ or the batch axes do not broadcast.
 */
export function matMul<T extends Tensor>(a: Tensor, b: Tensor, options: MatMulOptions = {}): T {
  const { transposeA = false, transposeB = false } = options;
  checkProduct(a, b, transposeA, transposeB);
  const alone = runAlone<T>("TxMatMul", { a, b }, { transposeA, transposeB });
  if (alone) return alone;
  const shape = [...leadOf(a, b), rowsOf(a, transposeA), rowsOf(b, !transposeB)];
  // One matrix for all batches makes one product of all rows: no batch to spread or sum over.
  const flatten = b.rank === 2 && a.rank > 2 && !transposeA;
  const flat = (x: Tensor) => (flatten ? reshape(x, [-1, x.shape[x.rank - 1]!]) : x);
  return tidy(() =>
    withGradient({ a, b }, () => [
      reshape(product(flat(a), b, transposeA, transposeB), shape),
      { a, b },
      ({ a, b, dy }) => {
        const [da, db] = gradients(flat(dy), flat(a), b, transposeA, transposeB);
        return [reshape(da!, a.shape), db!];
      },
    ]),
  );
}

function rowsOf(x: Tensor, transposed: boolean): number {
  return x.shape[x.rank - (transposed ? 1 : 2)]!;
}

function product(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const options = { transposeA, transposeB };
  return runKernelOr("TxMatMul", { a, b }, options, () => matMulReference(a, b, options));
}

function gradients(dy: Tensor, a: Tensor, b: Tensor, ta: boolean, tb: boolean): Tensor[] {
  return [
    sumTo(ta ? product(b, dy, tb, true) : product(dy, b, false, !tb), a.shape),
    sumTo(tb ? product(dy, a, true, ta) : product(a, dy, !ta, false), b.shape),
  ];
}

function checkProduct(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): void {
  if (a.rank < 2) refuseShape("a", "two axes or more", a);
  if (b.rank < 2) refuseShape("b", "two axes or more", b);
  const inner = a.shape[a.rank - (transposeA ? 2 : 1)];
  const given = b.shape[b.rank - (transposeB ? 1 : 2)];
  if (inner === given && broadcasts(a, b)) return;
  const lead = Math.max(a.rank, b.rank) > 2 ? "..., " : "";
  const matrix = transposeB ? `columns, ${inner}` : `${inner}, columns`;
  refuseShape("b", `[${lead}${matrix}] for a of [${a.shape.join(", ")}]`, b);
}

/** Whether the axes before the last two do: one matrix for all, as a model's last product has, does. */
function broadcasts(a: Tensor, b: Tensor): boolean {
  for (let axis = Math.min(a.rank, b.rank); axis > 2; axis--) {
    const [x, y] = [a.shape[a.rank - axis]!, b.shape[b.rank - axis]!];
    if (x !== y && Math.min(x, y) !== 1) return false;
  }
  return true;
}
