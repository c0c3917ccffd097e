import { effect, signal } from "@preact/signals";
import type { RunConfig } from "../../playground/run-config";
import type { LossPoint } from "../../playground/saved-session";
import type { Change, Told } from "../../playground/session-contract";
import type { SessionFacts } from "../worker/calls";
import { call, generation, Stopped } from "../worker/engine";

/** A run as the page shows it; its model is gone once another took its place. */
export interface RunView {
  readonly id: number;
  readonly config: RunConfig;
  readonly parameters: number;
  readonly losses: readonly LossPoint[];
  readonly evaluations: readonly LossPoint[];
  readonly shown: boolean;
}

export interface Sample {
  readonly step: number;
  readonly text: string;
}

/** All runs whose curves are kept. */
export const runs = signal<readonly RunView[]>([]);
/** The run whose model the worker has. */
export const current = signal<SessionFacts | undefined>(undefined);
export const currentId = signal(0);
export const training = signal(false);
export const speed = signal<{ rate: number; charactersPerSecond: number } | undefined>(undefined);
export const sample = signal<Sample | undefined>(undefined);
/** The last thing that happened, for the status line. */
export type Event =
  | { readonly what: "began" | "changed" | "saved" }
  | { readonly what: "ended" | "stopped"; readonly step: number }
  | { readonly what: "loaded"; readonly name: string }
  | { readonly what: "failed"; readonly reason: string };
export const event = signal<Event | undefined>(undefined);

let numbers = 0;
let stopping: AbortController | undefined;

// A new worker knows no model.
effect(() => {
  void generation.value;
  current.value = undefined;
});

/** Makes a model and trains it to its end, or until it is stopped. */
export async function trainNew(text: string, config: RunConfig): Promise<void> {
  await reporting(async () => {
    take(await call("session.create", { text, config }));
    await train(text);
  });
}

/** Trains the model that there is up to so many steps in all. */
export async function goOn(text: string, steps: number): Promise<void> {
  await reporting(async () => {
    keep(await call("session.change", { steps }));
    await train(text);
  });
}

export const stop = (): void => stopping?.abort();

export async function change(what: Change): Promise<void> {
  await reporting(async () => {
    keep(await call("session.change", what));
    event.value = { what: "changed" };
  });
}

export async function load(file: File): Promise<void> {
  await reporting(async () => {
    take(await call("session.load", { file, name: file.name }));
    event.value = { what: "loaded", name: file.name };
  });
}

/** The model as a file for the reader's disk. */
export async function save(): Promise<void> {
  await reporting(async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await call("session.save", undefined));
    link.download = `tx-lab-${current.value?.steps ?? 0}.safetensors`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    event.value = { what: "saved" };
  });
}

export function show(id: number, shown: boolean): void {
  runs.value = runs.value.map((run) => (run.id === id ? { ...run, shown } : run));
}

export function remove(id: number): void {
  runs.value = runs.value.filter((run) => run.id !== id);
}

async function train(text: string): Promise<void> {
  stopping = new AbortController();
  training.value = true;
  event.value = { what: "began" };
  try {
    const { signal } = stopping;
    const facts = await call("session.train", { text }, { signal, onTold: hear });
    keep(facts);
    event.value = { what: signal.aborted ? "stopped" : "ended", step: facts.steps };
  } finally {
    training.value = false;
  }
}

/** A model that was made or loaded: a run of its own. */
function take(facts: SessionFacts): void {
  numbers += 1;
  const { config, parameters, losses } = facts;
  const run = { id: numbers, config, parameters, losses, evaluations: [], shown: true };
  runs.value = [...runs.value, run];
  [currentId.value, current.value, sample.value] = [numbers, facts, undefined];
}

/** What has become of the model that there is. */
function keep(facts: SessionFacts): void {
  const { config, parameters } = facts;
  current.value = facts;
  update((run) => ({ ...run, config, parameters }));
}

function hear(told: Told): void {
  switch (told.kind) {
    case "steps":
      speed.value = told;
      update((run) => ({ ...run, losses: [...run.losses, ...told.losses] }));
      break;
    case "evaluation":
      update((run) => ({ ...run, evaluations: [...run.evaluations, told.point] }));
      break;
    case "sample":
      sample.value = told;
  }
}

function update(changed: (run: RunView) => RunView): void {
  runs.value = runs.value.map((run) => (run.id === currentId.value ? changed(run) : run));
}

async function reporting(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Stopped) return;
    event.value = { what: "failed", reason: (error as Error).message };
  }
}
