import { getBackend } from "@tensorflow/tfjs-core";
import { expect, inject, test } from "vitest";
import { parseCase } from "./golden-case";
import { kinds } from "./kinds";
import { misfits } from "./misfits";
import { runFile } from "./run-file";

/** The cases' files by path, which Vite puts into the page. */
const texts = import.meta.glob<string>("../cases/**/*.json", {
  query: "?raw",
  import: "default",
  eager: true,
});
const files = Object.entries(texts).map(([file, text]) => ({
  path: file.replace("../cases/", ""),
  text,
}));
const known = misfits[getBackend()] ?? {};

const chosen = inject("everyCase") ? files : oneOfEachKind();

test.each(chosen.map(({ path, text }) => [path, text] as const))("%s", async (path, text) => {
  const { status, messages } = await runFile(path, () => text, kinds);
  const misfit = known[path];
  if (misfit === undefined)
    expect({ status, messages }).toEqual({ status: "passed", messages: [] });
  else {
    expect(status, `${path} passes now: take it off the list`).toBe("failed");
    expect(messages.join("\n")).toMatch(misfit.message);
  }
});

test("every kind has a case here, and every known misfit is one", () => {
  expect(oneOfEachKind()).toHaveLength(kinds.length);
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(Object.keys(known)));
});

/** The shortest case of each kind. */
function oneOfEachKind(): typeof files {
  const shortest = new Map<string, (typeof files)[number]>();
  for (const file of [...files].sort((a, b) => a.text.length - b.text.length)) {
    const golden = parseCase(file.path, file.text);
    const { name } = kinds.find((kind) => kind.matches(golden))!;
    if (!shortest.has(name)) shortest.set(name, file);
  }
  return [...shortest.values()];
}
