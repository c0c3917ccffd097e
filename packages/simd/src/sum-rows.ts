import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "./backend";

/** Most parts that rows are summed in: more threads than this find no work. */
const MOST_PARTS = 64;
/** Least rows of a part, so that adding the parts up costs little. */
const LEAST_ROWS = 16;
/** Columns of a unit of the kernel that adds up. */
const COLUMNS = 32;

/** Sums over all axes but the last, [..., width] to [width]. */
export function sumRows(backend: SimdBackend, x: TensorInfo): TensorInfo {
  const width = x.shape.at(-1)!;
  const rows = util.sizeFromShape(x.shape.slice(0, -1));
  const from = backend.addressOf(x);
  const [sums] = inParts(backend, rows, width, [true], ([to], part, parts) => {
    backend.run("sumParts", [from, to!, rows, width, part], parts, cost(rows, width));
  });
  return sums!;
}

/**
 * Runs a kernel that sums over rows part by part, and adds its parts up. The parts are the same for
 * every number of threads and added in order, so the bits of the sums are too.
 *
 * @param wanted Which sums the kernel is asked for.
 * @param run Runs the kernel; it gets an address of [parts, width] for each sum, 0 where it is not
 *   wanted, and the rows of a part.
 * @returns [width] for each sum, undefined where it is not wanted.
 */
export function inParts(
  backend: SimdBackend,
  rows: number,
  width: number,
  wanted: readonly boolean[],
  run: (sums: number[], part: number, parts: number) => void,
): (TensorInfo | undefined)[] {
  const part = Math.max(LEAST_ROWS, Math.ceil(rows / MOST_PARTS));
  const parts = Math.ceil(rows / part);
  const outputs = wanted.map((one) => (one ? backend.output([width]) : undefined));
  const addresses = outputs.map((output) => (output ? backend.addressOf(output) : 0));
  if (parts === 1) {
    run(addresses, part, parts);
    return outputs;
  }
  const room = parts * width;
  const partial = backend.reserve(room * wanted.length);
  try {
    const places = addresses.map((address, n) => (address === 0 ? 0 : partial + n * room * 4));
    run(places, part, parts);
    for (const [n, address] of addresses.entries()) {
      if (address !== 0) addUp(backend, places[n]!, address, parts, width);
    }
  } finally {
    backend.heap.release(partial);
  }
  return outputs;
}

function addUp(backend: SimdBackend, from: number, to: number, rows: number, width: number): void {
  const units = Math.ceil(width / COLUMNS);
  backend.run("sumColumns", [from, to, rows, width], units, cost(rows, width));
}

/** About 6 numbers a nanosecond. */
const cost = (rows: number, width: number) => (rows * width) / 6;
