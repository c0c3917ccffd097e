/** Joins what is beside it in one line; nothing is seen or read out of it. */
const JOINER = "\u2060";

/**
 * HTML in which no line breaks between a formula and the punctuation beside it: browsers allow a
 * break there, as beside a picture.
 */
export const unbroken = (html: string): string =>
  html
    .replace(/(<\/(?:span|math)>)(?=[，。；：、）！？”,.;:)!?])/g, `$1${JOINER}`)
    .replace(/([（“(])(?=<(?:span class="katex"|math[ >]))/g, `$1${JOINER}`);
