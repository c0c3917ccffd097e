/** How a user starts this program: from the repository through npm, from an installed package by name. */
const thisProgram = import.meta.url.endsWith(".ts") ? "npm start --" : "npx tx-train";

/** A command line of this program, as a user types it. */
export const commandLine = (...words: readonly string[]): string =>
  [words.length === 0 ? thisProgram.replace(/ --$/, "") : thisProgram, ...words].join(" ");
