import { computed, effect, signal } from "@preact/signals";
import { remembered } from "./remembered";

export const themes = ["auto", "light", "dark"] as const;

/** What the reader chose; "auto" is as the system has it. */
export const theme = remembered<(typeof themes)[number]>("theme", themes, "auto");

const query = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(query.matches);
query.addEventListener("change", () => {
  systemIsDark.value = query.matches;
});

/** Whether the page is dark now: pictures are drawn anew when that changes. */
export const dark = computed(() =>
  theme.value === "auto" ? systemIsDark.value : theme.value === "dark",
);

effect(() => {
  const { dataset } = document.documentElement;
  if (theme.value === "auto") delete dataset.theme;
  else dataset.theme = theme.value;
});
