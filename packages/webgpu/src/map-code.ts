import { type Activation, activationCode } from "./activations";

/** What of some linear maps of one x, in one program, its code depends on. */
export interface MapKind {
  /** How many maps; with more than one there is neither residual nor sums. */
  readonly count: number;
  readonly hasBias: boolean;
  readonly hasResidual: boolean;
  readonly hasSums: boolean;
  /** Whether rows go to places of their own in a buffer. */
  readonly isPlaced: boolean;
  readonly activation: Activation;
}

export const mapKindName = ({
  count,
  hasBias,
  hasResidual,
  hasSums,
  isPlaced,
  activation,
}: MapKind) =>
  `${count}_${[hasBias, hasResidual, hasSums, isPlaced].map(Number).join("")}_${activation}`;

/**
 * `pick(block)`, which says whose a block of columns is, and gives its number among that map's;
 * `weight(k, column)`; and `writeSum(row, column, sum)`. Blocks of all maps stand side by side.
 */
export function mapCode(kind: MapKind): string {
  const { count, hasBias, hasResidual, hasSums, isPlaced, activation } = kind;
  const maps = Array.from({ length: count }, (_, n) => n);
  const later = maps.slice(1).reverse();
  const each = (body: (n: number) => string) =>
    count === 1
      ? body(0)
      : `switch (which) {
${maps.map((n) => `    ${n === 0 ? "default" : `case ${n}`}: { ${body(n)} }`).join("\n")}
  }`;
  const place = (n: number) =>
    isPlaced
      ? `uniforms.start${n} + row / uniforms.tokens * uniforms.step${n} + row % uniforms.tokens * columns + column`
      : "row * columns + column";
  return `
${activationCode(activation)}
var<private> which = 0;
var<private> columns = 0;
fn pick(block: i32) -> i32 {
  ${later
    .map(
      (n) => `if (block >= uniforms.first${n}) {
    which = ${n};
    columns = uniforms.columns${n};
    return block - uniforms.first${n};
  }`,
    )
    .join("\n  ")}
  columns = uniforms.columns0;
  return block;
}
fn weight(k: i32, column: i32) -> f32 {
  ${each((n) => `return kernel${n}[k * columns + column];`)}
}
fn writeSum(row: i32, column: i32, sum: f32) {
  ${each(
    (n) => `let whole = sum${hasBias ? ` + bias${n}[column]` : ""};
    ${hasSums ? "sums[row * columns + column] = whole;" : ""}
    output${n}[${place(n)}] = activation(whole)${hasResidual ? " + residual[row * columns + column]" : ""};`,
  )}
}`;
}
