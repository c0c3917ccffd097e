import { matMul, randomNormal, type Tensor2D } from "@tensorflow/tfjs-core";
import { statisticsOf } from "./statistics";

/** Rows, inner size and columns of each product. */
const PRODUCTS = [
  [768, 128, 384],
  [768, 128, 512],
  [768, 512, 128],
  [768, 128, 65],
  [1024, 1024, 1024],
] as const;

const LAYOUTS = ["nn", "nt", "tn"] as const;

/** Floating-point operations of one measurement: so many that reading the last product costs little. */
const WORK = 2.5e9;

/**
 * GFLOP/s of tfjs's matMul on the active backend, by product and layout (t: that operand is given
 * transposed): medians of some runs.
 */
export async function measureProducts(runs: number): Promise<Record<string, number>> {
  const rates: Record<string, number> = {};
  for (const [rows, inner, columns] of PRODUCTS) {
    for (const layout of LAYOUTS) {
      const [ta, tb] = [layout[0] === "t", layout[1] === "t"];
      const a: Tensor2D = randomNormal(ta ? [inner, rows] : [rows, inner]);
      const b: Tensor2D = randomNormal(tb ? [columns, inner] : [inner, columns]);
      const flops = 2 * rows * inner * columns;
      const measured: number[] = [];
      for (let run = 0; run <= runs; run++) {
        const rate = await rateOf(() => matMul(a, b, ta, tb), flops);
        // The first warms up.
        if (run > 0) measured.push(rate);
      }
      rates[`${rows}x${inner}x${columns} ${layout}`] = statisticsOf(measured).median;
      a.dispose();
      b.dispose();
    }
  }
  return rates;
}

async function rateOf(product: () => Tensor2D, flops: number): Promise<number> {
  const repeats = Math.max(1, Math.floor(WORK / flops));
  const started = performance.now();
  for (let n = 1; n < repeats; n++) product().dispose();
  const last = product();
  // Read, so that a device has to be done with all of them.
  await last.data();
  last.dispose();
  return (flops * repeats) / (performance.now() - started) / 1e6;
}
