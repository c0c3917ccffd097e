/**
 * Lets what waits in the event loop be heard, such as a message that says stop. Not by setTimeout,
 * which browsers hold back for four milliseconds.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Milliseconds of work between turns of the event loop. */
export const TURN_EVERY = 25;
