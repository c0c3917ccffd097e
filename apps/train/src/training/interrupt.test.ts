import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Interrupt } from "./interrupt";

let interrupt: Interrupt;
let now = 0;

beforeEach(() => {
  vi.spyOn(process, "exit").mockImplementation((() => {}) as typeof process.exit);
  vi.spyOn(performance, "now").mockImplementation(() => now);
  interrupt = new Interrupt();
});
afterEach(() => {
  interrupt.dispose();
  vi.restoreAllMocks();
});

const signal = (name: NodeJS.Signals, milliseconds: number) => {
  now = milliseconds;
  process.emit(name);
};

describe("Interrupt", () => {
  it("asks once and goes on", () => {
    const onAsk = vi.fn();
    interrupt.onAsk = onAsk;
    expect([interrupt.requested, interrupt.exitCode]).toEqual([false, 0]);
    signal("SIGINT", 1000);
    expect([interrupt.requested, interrupt.exitCode]).toEqual([true, 130]);
    expect(onAsk).toHaveBeenCalledOnce();
    expect(process.exit).not.toHaveBeenCalled();
  });

  it("quits at once at the second press", () => {
    const onQuit = vi.fn();
    interrupt.onQuit = onQuit;
    signal("SIGINT", 1000);
    signal("SIGINT", 2000);
    expect(onQuit).toHaveBeenCalledOnce();
    expect(process.exit).toHaveBeenCalledWith(130);
  });

  it("takes one press that arrives twice as one", () => {
    signal("SIGINT", 1000);
    signal("SIGINT", 1030);
    expect(process.exit).not.toHaveBeenCalled();
  });

  it("stops for an end from outside as well", () => {
    signal("SIGTERM", 1000);
    expect([interrupt.requested, interrupt.exitCode]).toEqual([true, 143]);
  });
});
