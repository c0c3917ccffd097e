import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Colours text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Colours on a terminal that has them, by what NO_COLOR and FORCE_COLOR say; nowhere else. */
export function paintFor(stream: Pick<NodeJS.WriteStream, "isTTY" | "hasColors">): Paint {
  const colourful = stream.isTTY === true && stream.hasColors();
  return (style, text) => (colourful ? styleText(style, text, { validateStream: false }) : text);
}
