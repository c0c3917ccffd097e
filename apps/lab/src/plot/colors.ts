/** How many colours of series there are: --c0 to --c7 of the page. */
const COLORS = 8;

/** Colours are CSS variables, so that a picture turns dark with its page. */
export const colorOf = (n: number): string => `var(--c${n % COLORS})`;

const light =
  "--ink:#1d2330; --soft:#5c6475; --line:#dde1e8; --card:#ffffff; --c0:#0b62b0; --c1:#c2500a; --c2:#0a7f5c; --c3:#9a3d8c; --c4:#8a6d00; --c5:#2a8fc7; --c6:#b3261e; --c7:#5f6b7a;";
const dark =
  "--ink:#e6e9ef; --soft:#9aa4b5; --line:#313847; --card:#1a1f28; --c0:#6cb2f5; --c1:#f5975a; --c2:#4cc9a0; --c3:#dd93d2; --c4:#dcbf4a; --c5:#8fd3f4; --c6:#f28b82; --c7:#a6b0bf;";

/** What plots need of the CSS around them, light and dark. */
export const colorVariables = `:root { ${light} }
@media (prefers-color-scheme: dark) { :root { ${dark} } }`;
