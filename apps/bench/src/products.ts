import { matMul, randomNormal, type Tensor2D } from "@tensorflow/tfjs-core";
import { multiplyAddLoop } from "./multiply-add-loop";
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

/** Measurements before those that count, while the JavaScript is compiled. */
const WARM_UPS = 3;

/** GFLOP/s by product and layout. */
export interface ProductRates {
  readonly rates: Record<string, number>;
  /** The best of all runs: what a moment without other work on a shared machine gives. */
  readonly best: Record<string, number>;
  /** Of one core's multiply-add loop at the same moments; undefined where there is none. */
  readonly loop: Record<string, number> | undefined;
}

/**
 * GFLOP/s of tfjs's matMul on the active backend, by product and layout (t: that operand is given
 * transposed): medians of some runs.
 */
export async function measureProducts(runs: number): Promise<ProductRates> {
  const rates: Record<string, number> = {};
  const best: Record<string, number> = {};
  const loops: Record<string, number> = {};
  const loop = multiplyAddLoop();
  for (const [rows, inner, columns] of PRODUCTS) {
    for (const layout of LAYOUTS) {
      const [ta, tb] = [layout[0] === "t", layout[1] === "t"];
      const a: Tensor2D = randomNormal(ta ? [inner, rows] : [rows, inner]);
      const b: Tensor2D = randomNormal(tb ? [columns, inner] : [inner, columns]);
      const flops = 2 * rows * inner * columns;
      const measured: number[] = [];
      const possible: number[] = [];
      for (let run = 0; run < runs + WARM_UPS; run++) {
        const before = loop?.();
        const rate = await rateOf(() => matMul(a, b, ta, tb), flops);
        if (run < WARM_UPS) continue;
        measured.push(rate);
        if (before !== undefined) possible.push(before);
      }
      const name = `${rows}x${inner}x${columns} ${layout}`;
      const { median, max } = statisticsOf(measured);
      rates[name] = median;
      best[name] = max;
      if (loop) loops[name] = statisticsOf(possible).median;
      a.dispose();
      b.dispose();
    }
  }
  return { rates, best, loop: loop && loops };
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
