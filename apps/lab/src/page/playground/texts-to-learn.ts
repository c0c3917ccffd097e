import { effect, signal } from "@preact/signals";
import { sums } from "../../playground/sums";
import { language } from "../language";

export const sources = ["novel", "sums", "own"] as const;
export type Source = (typeof sources)[number];

/** Where the text comes from, and the text. */
export const source = signal<Source>(language.peek() === "zh" ? "sums" : "novel");
export const learned = signal("");

/** Lines of sums: enough that a small model does not know them by heart. */
const LINES = 2000;

// A built-in text is there once it is chosen; sums speak the language of the page.
effect(() => {
  const tongue = language.value;
  const wanted = source.value;
  if (wanted === "sums") learned.value = sums(LINES, tongue);
  if (wanted !== "novel") return;
  import("virtual:novel").then(({ default: text }) => {
    if (source.peek() === "novel") learned.value = text;
  });
});
