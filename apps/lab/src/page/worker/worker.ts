import { answers } from "./answers";
import type { Answer, CallName, Reply, Request } from "./calls";

/** The calls that go on, so that they can be stopped. */
const going = new Map<number, AbortController>();

/** Until there is something to compute on, calls wait; where there is nothing, they fail with the reason. */
let started: Promise<unknown> = Promise.resolve();

const reply = (message: Reply) => postMessage(message);

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  if ("stop" in data) going.get(data.id)?.abort();
  else void answer(data);
});

async function answer({ id, name, given }: Extract<Request, { name: CallName }>): Promise<void> {
  const controller = new AbortController();
  going.set(id, controller);
  const { signal } = controller;
  const tell = (told: unknown) => reply({ id, told });
  const work = () => (answers[name] as Answer<CallName>)(given as never, { signal, tell });
  try {
    if (name === "start") started = work();
    reply({ id, result: await (name === "start" ? started : started.then(work)) });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    reply({ id, problem, stopped: signal.aborted });
  } finally {
    going.delete(id);
  }
}
