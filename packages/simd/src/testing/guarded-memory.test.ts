import { describe, expect, test } from "vitest";
import { GuardedMemory } from "./guarded-memory";

describe.each([true, false])("shared: %s", (shared) => {
  test.each([
    [-1, "byte -1 from its start"],
    [-64, "byte -64 from its start"],
    [12, "byte 0 from its end"],
    [75, "byte 63 from its end"],
  ])("tells of a byte written at %i", (at, where) => {
    const memory = new GuardedMemory(shared);
    const address = memory.allocate(12);
    memory.bytes.fill(1, address, address + 12);
    memory.check();
    memory.bytes[address + at]!++;
    const error = `memory: expected nothing written outside a block of 12 bytes, got ${where} changed`;
    expect(() => memory.check()).toThrow(error);
    expect(() => memory.release(address)).toThrow(error);
  });

  test("what was never written, or is released, shows as NaN", () => {
    const memory = new GuardedMemory(shared);
    const address = memory.allocate(8);
    expect(memory.floats[address / 4]).toBeNaN();
    memory.floats[address / 4] = 1;
    memory.release(address);
    expect(memory.floats[address / 4]).toBeNaN();
    expect(() => memory.release(address)).toThrow("address: expected one in use");
  });

  test("lays one block against the end", () => {
    const memory = new GuardedMemory(shared);
    memory.layAtEdge(1);
    const [before, edge, after] = [4, 20, 4].map((bytes) => memory.allocate(bytes));
    expect(edge! + 20).toBe(memory.buffer.byteLength);
    expect(memory.count).toBe(3);
    memory.bytes[edge! - 1]!++;
    expect(() => memory.check()).toThrow("byte -1 from its start");
    memory.bytes[edge! - 1]!--;
    for (const address of [before, edge, after]) memory.release(address!);
    memory.layAtEdge(0);
    expect(memory.allocate(3)).toBe(memory.buffer.byteLength - 3);
  });
});
