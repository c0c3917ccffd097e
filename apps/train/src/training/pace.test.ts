import { describe, expect, it } from "vitest";
import { Pace } from "./pace";

describe("Pace", () => {
  it("counts the speed of the steps alone and the time left with all between them", () => {
    let now = 100;
    const pace = new Pace(512, () => now);
    pace.add(0.5);
    pace.add(0.5);
    now = 104;
    expect(pace.tokensPerSecond).toBe(1024);
    expect(pace.elapsed).toBe(4);
    expect(pace.secondsFor(10)).toBe(20);
  });

  it("forgets old steps for the speed", () => {
    const pace = new Pace(10, () => 0);
    pace.add(1000);
    for (let i = 0; i < 20; i++) pace.add(2);
    expect(pace.tokensPerSecond).toBe(5);
  });

  it("says nothing before the first step", () => {
    const pace = new Pace(10, () => 0);
    expect([pace.tokensPerSecond, pace.secondsFor(5)]).toEqual([0, 0]);
  });
});
