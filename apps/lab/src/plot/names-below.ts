import { small } from "./axis";
import { widthOf } from "./legend";

const DEGREES = 40;
/** Names are drawn a little smaller than those that a legend measures. */
const SIZE = 0.9;

/**
 * Names below bars: broken into lines where their words have room side by side, else aslant; and how
 * high they stand beyond a line, in pixels.
 */
export function namesBelow(names: readonly string[], width: number) {
  const room = (width - 60) / names.length - 8;
  const longest = (parts: readonly string[]) => SIZE * Math.max(0, ...parts.map(widthOf));
  const aslant = longest(names.flatMap((name) => name.split(/[ \u2e80-\uffff]/))) > room;
  return {
    axisLabel: {
      ...{ ...small, interval: 0 },
      ...(aslant ? { rotate: DEGREES } : { overflow: "break" as const, width: room }),
    },
    height: aslant ? longest(names) * Math.sin((DEGREES * Math.PI) / 180) : 0,
  };
}
