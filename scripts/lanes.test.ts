import { expect, test } from "vitest";
import config from "../vitest.config";
// @ts-expect-error plain JavaScript, which has to run before anything is installed
import { lanes } from "./lanes.mjs";

interface Project {
  readonly test: {
    readonly name: string;
    readonly browser?: { readonly instances?: readonly { readonly name: string }[] };
  };
}

test("every project of vitest runs in one of the two lanes, and only there", () => {
  const projects = config.test!.projects as unknown as readonly Project[];
  const names = projects.flatMap(({ test: { name, browser } }) =>
    (browser?.instances ?? [{ name }]).map((instance) => instance.name),
  );
  expect(names).toContain("cpu");
  const patterns: string[] = [...lanes.others, ...lanes.emulated];
  for (const name of names) {
    const matching = patterns.filter((pattern) =>
      pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
    );
    expect([name, matching.length]).toEqual([name, 1]);
  }
});
