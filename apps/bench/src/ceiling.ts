import { matMul, randomNormal, slice, type Tensor2D } from "@tensorflow/tfjs-core";
import { statisticsOf } from "./statistics";

/** What the active backend's products reach at best. */
export interface Ceiling {
  readonly gflops: number;
  /** Rows, inner size and columns alike. */
  readonly size: number;
}

const [SMALLEST, LARGEST] = [256, 4096];
/** A measurement lasts so long at least, in milliseconds, lest its end be most of it. */
const LONG_ENOUGH = 40;
/** Where one product takes so long, larger ones are not tried. */
const TOO_LONG = 80;
const RUNS = 3;

/** The greatest rate of square products on the active backend, of medians. */
export async function measureCeiling(): Promise<Ceiling> {
  let best: Ceiling = { gflops: 0, size: SMALLEST };
  for (let size = SMALLEST; size <= LARGEST; size *= 2) {
    const [a, b]: Tensor2D[] = [randomNormal([size, size]), randomNormal([size, size])];
    await products(a!, b!, 1);
    const once = await products(a!, b!, 1);
    const repeats = Math.max(1, Math.ceil(LONG_ENOUGH / once));
    const times: number[] = [];
    for (let run = 0; run < RUNS; run++) times.push((await products(a!, b!, repeats)) / repeats);
    a!.dispose();
    b!.dispose();
    const { median } = statisticsOf(times);
    const gflops = (2 * size ** 3) / median / 1e6;
    if (gflops > best.gflops) best = { gflops, size };
    if (median > TOO_LONG) break;
  }
  return best;
}

/** @returns Milliseconds. One number of the last product is read, so that a device is done with it. */
async function products(a: Tensor2D, b: Tensor2D, repeats: number): Promise<number> {
  const started = performance.now();
  for (let n = 1; n < repeats; n++) matMul(a, b).dispose();
  const last = matMul(a, b);
  const corner = slice(last, [0, 0], [1, 1]);
  await corner.data();
  const taken = performance.now() - started;
  corner.dispose();
  last.dispose();
  return taken;
}
