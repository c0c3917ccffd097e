import { Fragment } from "preact";

/** A text in which d_k has its k below the line, as formulas have it. */
export function Words({ children }: { children: string }) {
  const parts = children.split(/(?<=[A-Za-z])_([a-z]+)/);
  return (
    <>
      {parts.map((part, n) =>
        n % 2 === 1 ? <sub key={n}>{part}</sub> : <Fragment key={n}>{part}</Fragment>,
      )}
    </>
  );
}
