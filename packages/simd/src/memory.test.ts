import { describe, expect, test } from "vitest";
import { Memory } from "./memory";

describe.each([true, false])("shared: %s", (shared) => {
  test("hands out aligned room, never at address 0", () => {
    const memory = new Memory(shared, 64);
    const addresses = [0, 1, 4, 1000].map((bytes) => memory.allocate(bytes));
    for (const address of addresses) {
      expect(address).toBeGreaterThan(0);
      expect(address % 64).toBe(0);
    }
    expect(new Set(addresses).size).toBe(4);
    for (const address of addresses) memory.release(address);
    expect(memory.bytesInUse).toBe(0);
  });

  test("grows and keeps what it holds", () => {
    const memory = new Memory(shared, 1024);
    const address = memory.allocate(12);
    memory.floats.set([1, 2, 3], address / 4);
    const before = { buffer: memory.buffer, view: new Float32Array(memory.buffer, address, 3) };
    expect(memory.holds(before.view)).toBe(true);
    const reserved = memory.bytesReserved;
    const large = memory.allocate(32 * 2 ** 20);
    expect(memory.bytesReserved).toBeGreaterThan(reserved);
    expect(memory.bytesReserved).toBe(memory.wasm.buffer.byteLength);
    expect(memory.buffer).not.toBe(before.buffer);
    expect([...memory.floats.subarray(address / 4, address / 4 + 3)]).toEqual([1, 2, 3]);
    memory.bytes[large + 32 * 2 ** 20 - 1] = 7;
    // An older view of a shared memory still shows it, one of an unshared memory shows nothing.
    expect(before.view.length).toBe(shared ? 3 : 0);
    if (shared) expect(memory.holds(before.view)).toBe(true);
    expect(memory.holds(new Float32Array(3))).toBe(false);
  });

  test("grows to what it may and no further", () => {
    const memory = new Memory(shared, 512);
    const kept = memory.allocate(8);
    memory.ints.set([11, 12], kept / 4);
    const blocks: number[] = [];
    expect(() => {
      for (;;) blocks.push(memory.allocate(2 ** 20));
    }).toThrow(
      /^memory: expected room for 1.0 MB, got \d\d\.\d MB in use of .*, which cannot grow$/,
    );
    expect(memory.bytesReserved).toBeGreaterThan(31 * 2 ** 20);
    expect(memory.bytesReserved).toBeLessThanOrEqual(512 * 65_536);
    expect([...memory.ints.subarray(kept / 4, kept / 4 + 2)]).toEqual([11, 12]);
    for (const address of blocks) memory.release(address);
    expect(memory.allocate(30 * 2 ** 20)).toBeGreaterThan(0);
  });
});

test("ends short of 4 GB, so that the address after a block is never 0", () => {
  const memory = new Memory(false);
  expect(() => memory.allocate(2 ** 32 - 2 * 65_536 + 1)).toThrow("memory: expected room");
  const address = memory.allocate(3 * 2 ** 30);
  expect(address + 3 * 2 ** 30).toBeLessThan(2 ** 32);
  memory.bytes[address + 3 * 2 ** 30 - 1] = 5;
  expect(memory.bytes[address + 3 * 2 ** 30 - 1]).toBe(5);
});
