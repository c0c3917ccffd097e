/** Lets signals and the display have their turn: on wasm and cpu a step blocks from its start to its end. */
export const eventLoopTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
