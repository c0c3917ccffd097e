import { add, concat, reshape, type Tensor, tidy } from "@tensorflow/tfjs-core";

/** Results that come piece by piece: by result and place, pieces of one place added up. */
export type Pieces = Tensor[][];

/** Adds to each result what `make` gives for it, and frees all that it made on the way. */
export function gather(
  pieces: Pieces,
  placeOf: (result: number) => number,
  make: () => Tensor[],
): void {
  const sums = tidy(() =>
    make().map((piece, n) => {
      const before = pieces[n]?.[placeOf(n)];
      return before ? add(before, piece) : piece;
    }),
  );
  for (const [n, sum] of sums.entries()) {
    pieces[n] ??= [];
    pieces[n]![placeOf(n)]?.dispose();
    pieces[n]![placeOf(n)] = sum;
  }
}

/** The pieces side by side along an axis. */
export function joinAlong(pieces: Tensor[], axis: number): Tensor {
  return pieces.length === 1 ? pieces[0]! : concat(pieces, axis);
}

/** The numbers of the pieces one after another, in another shape. */
export function joinAs(pieces: Tensor[], shape: number[]): Tensor {
  if (pieces.length === 1) return reshape(pieces[0]!, shape);
  return reshape(concat(pieces.map((piece) => reshape(piece, [piece.size]))), shape);
}
