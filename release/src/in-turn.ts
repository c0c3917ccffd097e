/** Runs jobs, so many at once; at the first that fails no further one begins, and it is thrown. */
export async function inTurn(
  most: number,
  jobs: readonly (() => Promise<unknown>)[],
): Promise<void> {
  const waiting = [...jobs];
  const work = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      try {
        await job();
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: most }, work));
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}
