import { effect, signal } from "@preact/signals";
import { remembered } from "../remembered";
import {
  type BackendChoice,
  backendChoices,
  type CallName,
  type Calls,
  type Device,
  type Reply,
  type Request,
} from "./calls";

/** What the reader wants to compute on. */
export const backend = remembered<BackendChoice>("backend", backendChoices, "auto");

/** What the worker computes on, once it is known. */
export const device = signal<Device | { readonly problem: string } | undefined>(undefined);

/** Counts the workers that there have been: a new one knows nothing of what the last one had. */
export const generation = signal(0);

/** A call that was stopped on the reader's word. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

interface Open {
  tell(told: unknown): void;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export interface CallOptions<Name extends CallName> {
  readonly signal?: AbortSignal;
  onTold?(told: Calls[Name]["told"]): void;
}

let worker: Worker | undefined;
let numbers = 0;
const open = new Map<number, Open>();

/**
 * Has the worker do something; all that computes is done there.
 *
 * @throws Stopped (as a rejection) once the signal stops it; Error if it fails, or the worker ends.
 */
export function call<Name extends CallName>(
  name: Name,
  given: Calls[Name]["given"],
  { signal, onTold = () => {} }: CallOptions<Name> = {},
): Promise<Calls[Name]["result"]> {
  const to = theWorker();
  const id = ++numbers;
  const stop = () => to.postMessage({ id, stop: true } satisfies Request);
  return new Promise<Calls[Name]["result"]>((resolve, reject) => {
    open.set(id, { tell: onTold as Open["tell"], resolve: resolve as Open["resolve"], reject });
    to.postMessage({ id, name, given } satisfies Request);
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
  }).finally(() => signal?.removeEventListener("abort", stop));
}

/** The worker, started on the backend that the reader chose. */
function theWorker(): Worker {
  if (worker) return worker;
  const started = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  worker = started;
  started.onmessage = ({ data }: MessageEvent<Reply>) => take(data);
  started.onerror = ({ message }) => end(started, message || "the worker could not be loaded");
  device.value = undefined;
  generation.value = generation.peek() + 1;
  call("start", backend.peek()).then(
    (got) => {
      device.value = got;
    },
    ({ message }: Error) => {
      device.value = { problem: message };
    },
  );
  return started;
}

function take(data: Reply): void {
  const waiting = open.get(data.id);
  if (!waiting) return;
  if ("told" in data) {
    waiting.tell(data.told);
    return;
  }
  open.delete(data.id);
  if ("result" in data) waiting.resolve(data.result);
  else waiting.reject(data.stopped ? new Stopped(data.problem) : new Error(data.problem));
}

/** Ends a worker, and every call that it was at. */
function end(ended: Worker, reason: string): void {
  if (ended !== worker) return;
  ended.terminate();
  worker = undefined;
  const calls = [...open.values()];
  open.clear();
  for (const { reject } of calls) reject(new Error(reason));
}

// Another backend takes a new worker: tensors do not move from one to another.
effect(() => {
  void backend.value;
  if (worker) end(worker, "another backend was chosen");
  theWorker();
});
