import { readdirSync, readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import * as ops from ".";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const modules: Record<string, object> = { "@tensorflow/tfjs-core": tf, "@tx/ops": ops };

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
  for (const name of Object.keys(ops)) expect(readme).toContain(`\`${name}\``);
});

test("the README names every kernel of the sources, and no other", () => {
  const folder = new URL(".", import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    /(?<!\.test)\.ts$/.test(path),
  );
  const sources = files.map((path) => readFileSync(new URL(path, folder), "utf8")).join("\n");
  const kernels = sources.match(/(?<=")Tx\w+(?=")/g) ?? [];
  const pairs = sources.match(/(?<=runKernelPair\(")Tx\w+(?=")/g) ?? [];
  const all = [...kernels, ...pairs.map((kernel) => `${kernel}Grad`)];
  expect(new Set(readme.match(/(?<=`)Tx\w+(?=`)/g))).toEqual(new Set(all));
});
