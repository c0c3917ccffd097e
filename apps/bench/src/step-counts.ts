import type { BenchConfig } from "./configs";
import { countOnDevice, type DeviceCounts } from "./device-counts";
import { statisticsOf } from "./statistics";
import { type StepTimes, type StepWork, startSteps } from "./step";
import { programsOf } from "./webgpu-programs";

export interface SteadyCounts extends DeviceCounts {
  /** How often each program ran, most frequent first. */
  readonly programs: readonly (readonly [name: string, count: number])[];
}

/** What training steps of a GPT ask of a WebGPU device. */
export interface StepCountsOnDevice {
  /** Before the first step. */
  readonly ahead: { readonly pipelinesCreated: number; readonly milliseconds: number };
  readonly first: DeviceCounts;
  /** Once buffers are there to be used again. */
  readonly steady: SteadyCounts;
  /** Milliseconds of the main thread in steady steps, until all is on its way to the device. */
  readonly encodedMs: Spread;
  /** For how long of it the thread had a processor, where the system tells. */
  readonly onProcessorMs?: Spread;
  /** Until the loss is read. */
  readonly takenMs: Spread;
  /** Of the device by program, longest first, where it tells. */
  readonly programMs?: readonly (readonly [name: string, milliseconds: number])[];
}

type Spread = Pick<ReturnType<typeof statisticsOf>, "median" | "min" | "max">;

/** Steps after the first before buffers are there for all that a step asks for. */
const WARM_UPS = 2;

interface CountOptions {
  /** Steady steps whose encoding is timed. */
  readonly timed: number;
  /** Whether programs are timed too, where the device can. Default false. */
  readonly timesPrograms?: boolean;
}

/** Counts on the active backend's device, be it one that computes or none. */
export async function countSteps(
  config: BenchConfig,
  { timed, timesPrograms = false }: CountOptions,
): Promise<StepCountsOnDevice> {
  const work = startSteps(config);
  try {
    const counts = await countAll(work, timed);
    const programMs = timesPrograms ? await work.programTimes() : undefined;
    return { ...counts, ...(programMs && { programMs: [...programMs] }) };
  } finally {
    work.dispose();
  }
}

async function countAll(work: StepWork, timed: number): Promise<StepCountsOnDevice> {
  const started = performance.now();
  const ahead = await counted(work.prepare);
  const milliseconds = performance.now() - started;
  const first = await counted(work.once);
  for (let n = 0; n < WARM_UPS; n++) await work.once();
  let steady: DeviceCounts | undefined;
  const programs = await programsOf(async () => {
    steady = await counted(work.once);
  });
  const times: StepTimes[] = [];
  for (let n = 0; n < timed; n++) times.push(await work.timed());
  const onProcessor = times.flatMap((time) => time.onProcessor ?? []);
  return {
    ahead: { pipelinesCreated: ahead.pipelinesCreated, milliseconds },
    first,
    steady: { ...steady!, programs: [...programs] },
    encodedMs: spreadOf(times.map(({ encoded }) => encoded)),
    ...(onProcessor.length > 0 && { onProcessorMs: spreadOf(onProcessor) }),
    takenMs: spreadOf(times.map(({ taken }) => taken)),
  };
}

function spreadOf(times: readonly number[]): Spread {
  const { median, min, max } = statisticsOf(times);
  return { median, min, max };
}

async function counted(work: () => Promise<unknown>): Promise<DeviceCounts> {
  const counts = await countOnDevice(work);
  if (!counts) throw new Error("backend: expected one with a WebGPU device, got none");
  return counts;
}
