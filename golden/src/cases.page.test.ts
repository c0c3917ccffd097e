import { expect, inject, test } from "vitest";
import { parseCase } from "./golden-case";
import { kinds } from "./kinds";
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

// Of the models that are trained, which an emulated GPU takes minutes for, one.
const chosen = inject("everyCase")
  ? files
  : oneOfEachKind().filter(({ path }) => !/trajectory_(?!gpt)/.test(path));

test.each(chosen.map(({ path, text }) => [path, text] as const))("%s", async (path, text) => {
  const { status, messages } = await runFile(path, () => text, kinds);
  expect({ status, messages }).toEqual({ status: "passed", messages: [] });
});

test("every kind has a case here", () => {
  expect(oneOfEachKind()).toHaveLength(kinds.length);
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
