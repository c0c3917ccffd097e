import { expect, test } from "vitest";
import { runNode } from "./testing/run-node";

test("on wasm, an uncaught error still ends the process with code 1", async () => {
  const ended = await runNode(`
    import { useBackend } from "./src/index.ts";
    console.log(JSON.stringify(await useBackend("wasm")));
    setTimeout(() => { throw new Error("of the application"); });
  `);
  expect(JSON.parse(ended.stdout)).toMatchObject({ name: "wasm" });
  expect(ended.stderr).toContain("Error: of the application");
  expect(ended.code).toBe(1);
});
