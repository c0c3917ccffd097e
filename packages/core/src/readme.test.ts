import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import * as core from ".";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const modules: Record<string, object> = { "@tensorflow/tfjs-core": tf, "@tx/core": core };

test("every line of the README's example gives what stands behind it", async () => {
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const scope: Record<string, unknown> = {};
  const body = code.replace(/import (?:{([^}]*)} from )?"(.*)";\n/g, (_, names = "", from) => {
    for (const [, name, alias] of names.matchAll(/(\w+)(?: as (\w+))?/g)) {
      scope[alias ?? name] = Reflect.get(modules[from]!, name);
    }
    return "";
  });
  const noted = body.replace(/^(\S.*); \/\/ (.*)$/gm, "claims.push([JSON.stringify($1), `$2`]);");
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  const claims: [string, string][] = [];
  await new AsyncFunction("claims", ...Object.keys(scope), noted)(claims, ...Object.values(scope));
  expect(claims.length).toBeGreaterThan(3);
  for (const [value, claim] of claims) expect(value).toBe(claim);
});

test("the README names all that the package exports", () => {
  const index = readFileSync(new URL("./index.ts", import.meta.url), "utf8");
  const lists = [...index.matchAll(/{([^}]*)}/g)].map(([, names = ""]) => names);
  const names = lists.join().match(/\b(?!type\b)\w+/g)!;
  expect(new Set(names)).toEqual(new Set([...names, ...Object.keys(core)]));
  for (const name of names) expect(readme).toContain(`\`${name}\``);
});
