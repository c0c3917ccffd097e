/** Width of a terminal; one that does not know its own, as some do that programs make, says 0. */
export const columnsOf = ({ columns }: Pick<NodeJS.WriteStream, "columns">): number =>
  columns > 0 ? columns : 80;

/** Whether what stands there can be written over: not in a file, and not on a terminal that says it is dumb. */
export const isLive = ({ isTTY }: Pick<NodeJS.WriteStream, "isTTY">): boolean =>
  isTTY === true && process.env.TERM !== "dumb";
