import { expect, test } from "vitest";
import { takeTurns } from "./turns";

test("all work in turn after a warm-up", async () => {
  const order: string[] = [];
  const contestant = (name: string, ms: number) => ({
    name,
    turn: async () => {
      order.push(name);
      return [ms + order.length, ms];
    },
    about: () => ({ peer: true }),
  });
  const { standings, failures, contention } = await takeTurns(
    [contestant("a", 10), contestant("b", 20)],
    2,
  );
  expect(order).toEqual(["a", "b", "a", "b", "a", "b"]);
  expect(failures).toEqual([]);
  expect(standings).toMatchObject([
    { name: "a", times: [13, 10, 15, 10], min: 10, max: 15, median: 11.5, peer: true },
    { name: "b", times: [24, 20, 26, 20] },
  ]);
  expect(contention.loopSlowDown.median).toBeGreaterThanOrEqual(1);
});

test("who fails is out with their own error, whenever it comes; the others go on", async () => {
  let turns = 0;
  const { standings, failures } = await takeTurns(
    [
      { name: "never", turn: () => Promise.reject(new Error("no room\n  for 4 GB")) },
      { name: "good", turn: async () => [1] },
      {
        name: "later",
        turn: async () => {
          turns++;
          if (turns === 2) throw new Error("gone");
          return [2];
        },
      },
    ],
    3,
  );
  expect(standings.map(({ name, times }) => [name, times])).toEqual([["good", [1, 1, 1]]]);
  expect(failures).toEqual([
    { name: "never", error: "no room for 4 GB" },
    { name: "later", error: "gone" },
  ]);
  expect(turns).toBe(2);
});
