import type { CaseReader } from "./case-reader";
import type { GoldenCase } from "./golden-case";

/** Numbers by name, flat and row-major, in the layout of the case file. */
export type Numbers = Readonly<Record<string, ArrayLike<number>>>;

/** What the library computed for a case. */
export interface Produced {
  readonly outputs: Numbers;
  readonly grads?: { readonly inputs: Numbers; readonly weights: Numbers };
}

/** One kind of case, and how the library's public functions are asked for it. */
export interface Kind {
  readonly name: string;
  /** Whether a case is of this kind, by its structure; its name is only a hint. */
  matches(golden: GoldenCase): boolean;
  /**
   * Reads everything the case holds and returns the computation. Nothing is computed before the
   * runner has seen that every part of the case was read.
   *
   * @throws NotMapped if the case asks for what the kind, or the library, does not know.
   */
  map(reader: CaseReader): () => Promise<Produced>;
}
