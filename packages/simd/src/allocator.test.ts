import { describe, expect, test } from "vitest";
import { ALIGNMENT, Allocator } from "./allocator";

const none = () => undefined;

/** Whole numbers below a bound, the same ones each time. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A memory that may grow up to a length, a page at a time. */
function growing(first: number, most: number) {
  const grown: number[] = [];
  const allocator = new Allocator(ALIGNMENT, first, (length) => {
    if (length > most) return undefined;
    grown.push(Math.ceil(length / 65_536) * 65_536);
    return grown.at(-1);
  });
  return { allocator, grown };
}

test("hands out aligned blocks that do not overlap, from the lowest address", () => {
  const allocator = new Allocator(ALIGNMENT, 1024, none);
  expect([1, 64, 65, 0].map((bytes) => allocator.allocate(bytes))).toEqual([64, 128, 192, 320]);
  expect(allocator.bytesInUse).toBe(5 * 64);
  allocator.check();
});

test("refuses a size that is no number, and stays as it was", () => {
  const allocator = new Allocator(ALIGNMENT, 1024, none);
  expect(() => allocator.allocate(Number.NaN)).toThrow(
    new RangeError("bytes: expected a number, got NaN"),
  );
  expect([allocator.bytesInUse, allocator.allocate(64)]).toEqual([0, 64]);
  allocator.check();
});

test("joins free neighbours, whatever the order they are released in", () => {
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [0, 2, 1],
    [1, 0, 2],
  ]) {
    const allocator = new Allocator(ALIGNMENT, 64 * 5, none);
    const blocks = [1, 2, 3].map(() => allocator.allocate(64));
    const last = allocator.allocate(64);
    for (const i of order) {
      allocator.release(blocks[i]!);
      allocator.check();
    }
    expect(allocator.allocate(3 * 64)).toBe(64);
    allocator.release(last);
    expect(allocator.bytesInUse).toBe(3 * 64);
  }
});

test("refuses to release what is not in use", () => {
  const allocator = new Allocator(ALIGNMENT, 1024, none);
  const address = allocator.allocate(10);
  allocator.release(address);
  for (const wrong of [address, 0, 7, 128]) {
    expect(() => allocator.release(wrong)).toThrow(
      new RangeError(`address: expected one in use, got ${wrong}`),
    );
  }
  allocator.check();
});

describe("where there is no room", () => {
  test("says so, and leaves everything as it is", () => {
    const allocator = new Allocator(ALIGNMENT, 3 * 2 ** 20, none);
    const first = allocator.allocate(2 ** 20);
    const error = new RangeError(
      "memory: expected room for 5.0 MB, got 1.0 MB in use of 3.0 MB, which cannot grow",
    );
    expect(() => allocator.allocate(5 * 2 ** 20)).toThrow(error);
    allocator.check();
    expect(allocator.bytesInUse).toBe(2 ** 20);
    allocator.release(first);
    expect(allocator.allocate(2.9 * 2 ** 20)).toBe(first);
  });

  test("grows by an eighth, by more where it must, by just enough where that is too much", () => {
    const { allocator, grown } = growing(2 ** 20, 2 * 2 ** 20);
    allocator.allocate(2 ** 20 - ALIGNMENT);
    allocator.allocate(100);
    expect(grown).toEqual([2 ** 20 + 2 ** 17]);
    allocator.allocate(2 ** 20 - 2 ** 17 - 128 - 64);
    expect(grown).toEqual([2 ** 20 + 2 ** 17, 2 * 2 ** 20 - 2 ** 17]);
    allocator.allocate(2 ** 17);
    allocator.allocate(64);
    expect(grown.at(-1)).toBe(2 * 2 ** 20);
    expect(() => allocator.allocate(64)).toThrow("which cannot grow");
    allocator.check();
  });

  test("takes the free end of the memory into what it grows by", () => {
    const { allocator, grown } = growing(2 ** 20, 2 ** 24);
    allocator.allocate(2 ** 19);
    expect(allocator.allocate(2 ** 20)).toBe(2 ** 19 + 64);
    expect(grown).toEqual([2 ** 19 + 2 ** 20 + 65_536]);
    allocator.check();
  });
});

test("a million random allocations and releases keep the blocks in order", () => {
  const random = randomNumbers(1);
  const { allocator } = growing(2 ** 20, 2 ** 28);
  const live: { address: number; bytes: number }[] = [];
  let refused = 0;
  for (let n = 0; n < 1_000_000; n++) {
    // Growing and shrinking in waves, between nearly nothing and far more than there is.
    const wanted = 1000 + 950 * Math.sin(n / 20_000);
    if (random(2 * wanted) > live.length) {
      const bytes = random(2 ** random(21)) + random(2);
      try {
        live.push({ address: allocator.allocate(bytes), bytes });
      } catch {
        refused++;
      }
    } else if (live.length > 0) {
      allocator.release(live.splice(random(live.length), 1)[0]!.address);
    }
    if (n % 20_000 === 0) {
      allocator.check();
      expectApart(live, allocator.bytesReserved);
    }
  }
  expect(refused).toBe(0);
  for (const { address } of live) allocator.release(address);
  allocator.check();
  expect(allocator.bytesInUse).toBe(0);
});

function expectApart(live: readonly { address: number; bytes: number }[], end: number): void {
  let free = ALIGNMENT;
  for (const { address, bytes } of [...live].sort((a, b) => a.address - b.address)) {
    expect(address % ALIGNMENT).toBe(0);
    expect(address).toBeGreaterThanOrEqual(free);
    free = address + bytes;
  }
  expect(free).toBeLessThanOrEqual(end);
}

describe("under a load like training", () => {
  /** One step: activations of layers, kept for the way back, short-lived ones between, gradients. */
  function step(allocator: Allocator, sizes: readonly number[], random: (n: number) => number) {
    const kept: number[] = [];
    for (const size of sizes) {
      const scratch = allocator.allocate(size * 3);
      kept.push(allocator.allocate(size));
      const other = allocator.allocate(size / 2 + random(3) * 64);
      kept.push(allocator.allocate(size * 4));
      allocator.release(scratch);
      allocator.release(other);
    }
    const gradients: number[] = [];
    while (kept.length > 0) {
      gradients.push(allocator.allocate(sizes[kept.length % sizes.length]!));
      allocator.release(kept.pop()!);
    }
    for (const gradient of gradients) allocator.release(gradient);
  }

  test.each([0, 5])("comes to rest at its peak (sizes that vary by %i units)", (variation) => {
    const vary = randomNumbers(3);
    const { allocator } = growing(2 ** 20, 2 ** 31);
    const sizes = Array.from({ length: 12 }, (_, i) => 40_000 * (1 + (i % 4)));
    for (let n = 0; n < 30; n++) allocator.allocate(30_000 + vary(100_000));
    const reserved: number[] = [];
    let most = 0;
    for (let n = 0; n < 400; n++) {
      const before = allocator.bytesInUse;
      step(allocator, sizes, (below) => (variation > 0 ? vary(below * variation) : 0));
      expect(allocator.bytesInUse).toBe(before);
      // Now and then a batch of another length, as at the end of an epoch, and a checkpoint.
      if (n % 50 === 49) {
        step(
          allocator,
          sizes.map((size) => size / 2 + vary(64)),
          vary,
        );
        allocator.release(allocator.allocate(300_000));
      }
      reserved.push(allocator.bytesReserved);
    }
    most = reserved.at(-1)!;
    expect(reserved.slice(20).every((length) => length === most)).toBe(true);
    allocator.check();
  });

  test("wastes little: the memory stays below 1.3 times what was in use at most", () => {
    const random = randomNumbers(9);
    const { allocator } = growing(2 ** 20, 2 ** 31);
    const live: number[] = [];
    let peak = 0;
    for (let n = 0; n < 200_000; n++) {
      if (live.length < 300 && random(5) > 0) live.push(allocator.allocate(64 << random(12)));
      else if (live.length > 0) allocator.release(live.splice(random(live.length), 1)[0]!);
      peak = Math.max(peak, allocator.bytesInUse);
    }
    expect(allocator.bytesReserved).toBeLessThan(1.3 * peak + 2 ** 20);
  });
});
