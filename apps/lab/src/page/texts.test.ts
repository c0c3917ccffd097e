import { expect, test } from "vitest";
import { text } from "../experiment/experiment";
import { runParameters } from "../playground/run-config";
import { catalogue } from "../positions/catalogue";
import { unbroken } from "../text/unbroken";
import { words as playground } from "./playground/texts";
import { outcomes, words as positions, properties } from "./positions/texts";
import { ui } from "./texts";

interface Found {
  readonly en: string;
  readonly zh: string;
}

/** Every text within, those that take something in their place with something. */
function* textsIn(part: unknown): Generator<Found> {
  if (typeof part === "function") yield* textsIn(part("7", "8", "9"));
  else if (typeof part === "object" && part !== null) {
    if ("en" in part && "zh" in part) yield part as Found;
    else for (const inner of Object.values(part)) yield* textsIn(inner);
  }
}

const letters = (words: string) => words.replace(/\P{Letter}/gu, "");

test("every text of the page is there in both languages", () => {
  const strategies = catalogue.map(({ name, says }) => [name, says]);
  const all = [...textsIn([ui, playground, positions, properties, outcomes, strategies])];
  expect(all.length).toBeGreaterThan(150);
  for (const { en, zh } of all) {
    expect(en).toMatch(/^[^\p{Script=Han}]+$/u);
    // Names are the same in every language.
    if (letters(zh) !== letters(en)) expect(zh).toMatch(/\p{Script=Han}/u);
  }
  expect([...textsIn(runParameters)].every(({ en, zh }) => en !== "" && zh !== "")).toBe(true);
  expect([...textsIn([text("a", "甲")])]).toHaveLength(1);
});

test("a place in a paper is told in both languages", () => {
  expect(ui.section("3.2.2, table 3 (A)")).toEqual({
    ...{ en: "§3.2.2, table 3 (A)", zh: "第 3.2.2 节，表 3 (A)" },
  });
  expect(ui.section("5.3 and 5.4").zh).toBe("第 5.3 节和第 5.4 节");
});

test("no line breaks between a formula and what ends it", () => {
  const formula = '<span class="katex">x</span>';
  expect(unbroken(`（${formula}），${formula} 是`)).toBe(
    `（\u2060${formula}\u2060），${formula} 是`,
  );
  expect(unbroken("(<math>y</math>).")).toBe("(\u2060<math>y</math>\u2060).");
});
