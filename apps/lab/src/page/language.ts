import { effect } from "@preact/signals";
import { type Language, languages, type Text } from "../experiment/experiment";
import { remembered } from "./remembered";

const browsers = navigator.languages.find((tag) => /^(en|zh)\b/.test(tag)) ?? "en";

/** The language of the page: what the reader chose, else what the browser asks for. */
export const language = remembered<Language>(
  "language",
  languages,
  browsers.startsWith("zh") ? "zh" : "en",
);

effect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-Hans" : "en";
});

/** A text in the language of the page. A component that calls it is drawn anew when that changes. */
export const say = (text: Text): string => text[language.value];

/** A whole number as the language writes it. */
export const grouped = (number: number): string =>
  new Intl.NumberFormat(language.value === "zh" ? "zh-CN" : "en").format(number);
