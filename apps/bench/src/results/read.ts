import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { z } from "zod";
import { statisticsOf } from "../statistics";
import { messageOf } from "../turns";
import { UserError } from "../user-error";
import type { AttentionResult, ModelResult, Result, Row, Where } from "./result";
import { nameOfConfig, tableOf } from "./tables";

const pair = z.object({ before: z.number(), after: z.number() });

const standing = z.object({
  name: z.string(),
  times: z.array(z.number()).min(1),
  peer: z.string().optional(),
  version: z.string().optional(),
  device: z.string().optional(),
  threads: z.number().optional(),
  peakRssBytes: z.number().optional(),
  tokensPerSecond: z.number().optional(),
  gflops: z.number().optional(),
});

const failures = z.array(z.object({ name: z.string(), error: z.string() })).default([]);

/** What all files say, those that were written before there were peers included. */
const circumstances = z.object({
  command: z.string().optional(),
  backend: z.string().default(""),
  device: z.string().default(""),
  node: z.string(),
  date: z.string(),
  machine: z.object({ processor: z.string(), cores: z.number() }).optional(),
  loadAverage: pair.optional(),
  contention: z
    .object({ loopSlowDown: z.object({ median: z.number(), max: z.number() }) })
    .optional(),
});

const model = circumstances.extend({
  configName: z.string(),
  config: z.record(z.string(), z.number()),
  medianMs: z.number(),
  minMs: z.number(),
  maxMs: z.number(),
  steps: z.number().optional(),
  tokensPerSecond: z.number(),
  tokens: z.number().optional(),
  kernelCalls: z.number().optional(),
  peakRssBytes: z.number().optional(),
  deviceCounts: z.object({ dispatches: z.number() }).optional(),
  ceiling: z.object({ gflops: z.number() }).optional(),
  standings: z.array(standing).optional(),
  failures,
  torch: standing.optional(),
});

const contest = z.object({
  length: z.number(),
  peakRssBytes: z.number().optional(),
  standings: z.array(standing),
  failures,
});

type Circumstances = z.infer<typeof circumstances>;

/** What a file of figures says. @throws UserError if it is no file of ours. */
export function readResult(file: string): Result {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UserError(`report: expected a JSON file, got ${file}: ${messageOf(error)}`);
  }
  try {
    return resultOf(json, file);
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    const why = issue ? `${issue.path.join(".")}: ${issue.message}` : messageOf(error);
    throw new UserError(`report: expected figures of this program in ${file}, got ${why}`);
  }
}

/** The result in a file's JSON; which command wrote it is seen from what it holds, where it does not say. */
export function resultOf(json: unknown, file: string): Result {
  const where = whereOf(circumstances.parse(json));
  const source = basename(file);
  const holds = (key: string) => Object.hasOwn(json as object, key);
  const { command } = circumstances.parse(json);
  if (command === "attention" || (holds("standings") && holds("length"))) {
    return attentionOf(json, where, source);
  }
  if (command === "step" || command === "generate" || holds("medianMs")) {
    return modelOf(json, where, source);
  }
  return tableOf(json, where, source);
}

function whereOf({ machine, device, node, date, contention }: Circumstances): Where {
  // Files from before machines were named say the processor in their device.
  const processor = /^CPU ([^,]+)/.exec(device)?.[1];
  const words = machine ? `${machine.processor}, ${machine.cores} cores` : processor;
  const slowDown = contention?.loopSlowDown.median;
  return {
    ...{ machine: words ?? "a machine that is not named", device, node, date },
    ...(slowDown === undefined ? {} : { slowDown }),
  };
}

function modelOf(json: unknown, where: Where, source: string): ModelResult {
  const read = model.parse(json);
  const { configName, config, standings, torch, tokens, ceiling, deviceCounts } = read;
  const { layers, heads, dModel, length, batch, vocabSize } = config;
  const sizes = `${layers} layers, ${heads} heads, dModel ${dModel}, length ${length}`;
  const step = tokens === undefined;
  const work = step
    ? `training step, ${nameOfConfig(configName)}: ${sizes}, batch ${batch}, vocabulary ${vocabSize}`
    : `generation, ${nameOfConfig(configName)}: ${sizes}, ${tokens} tokens with a cache`;
  const count = step ? batch! * length! : tokens;
  const old = (): Row[] => [
    {
      name: ourName(read),
      ...{ median: read.medianMs, min: read.minMs, max: read.maxMs },
      quartiles: [read.medianMs, read.medianMs],
      count: read.steps ?? 0,
      tokensPerSecond: read.tokensPerSecond,
      ...(read.peakRssBytes === undefined ? {} : { peakRssBytes: read.peakRssBytes }),
    },
    ...(torch ? [rowOf({ ...torch, peer: "torch" }, read, count)] : []),
  ];
  return {
    ...{ command: step ? "step" : "generate", where, source, work, failures: read.failures },
    rows: standings?.map((one) => rowOf(one, read, count)) ?? old(),
    ...(ceiling ? { ceilingGflops: ceiling.gflops } : {}),
    ...(read.kernelCalls === undefined ? {} : { kernelCalls: read.kernelCalls }),
    ...(deviceCounts ? { dispatches: deviceCounts.dispatches } : {}),
  };
}

function attentionOf(json: unknown, where: Where, source: string): AttentionResult {
  const read = circumstances.parse(json);
  const contests = z.object({ byLength: z.array(contest) }).safeParse(json);
  const byLength = contests.success ? contests.data.byLength : [contest.parse(json)];
  return {
    ...{ command: "attention", where, source },
    byLength: byLength.map(({ length, standings, failures, peakRssBytes }) => ({
      ...{ length, failures },
      rows: standings.map((one, n) => {
        const row = rowOf(one, read);
        // In old files the process's memory stands beside the contest, and is ours.
        return n === 0 && peakRssBytes !== undefined ? { peakRssBytes, ...row } : row;
      }),
    })),
  };
}

type Standing = z.infer<typeof standing>;

/** @param tokens Of one piece of work, where there are some. */
function rowOf(one: Standing, read: Circumstances, tokens?: number): Row {
  const { times, peakRssBytes, gflops } = one;
  const statistics = statisticsOf(times);
  const rate = tokens === undefined ? undefined : (tokens * 1000) / statistics.median;
  return {
    ...{ name: contestantName(one, read), count: times.length, ...statistics },
    ...(rate === undefined ? {} : { tokensPerSecond: rate }),
    ...(gflops === undefined ? {} : { gflops }),
    ...(peakRssBytes === undefined ? {} : { peakRssBytes }),
  };
}

function contestantName({ name, peer, version, device, threads }: Standing, read: Circumstances) {
  if (peer === undefined || peer === "tx") return name === read.backend ? ourName(read) : name;
  if (peer !== "torch") return name;
  const kind = version?.match(/\b(eager|compiled)$/)?.[1] ?? "eager";
  const where = device && !device.startsWith("CPU") ? "CUDA" : threadsOf(threads ?? 1);
  return `PyTorch ${kind}, ${where}`;
}

/** Our backend with its threads, which its device tells. */
function ourName({ backend, device }: Circumstances): string {
  const threads = /(\d+) threads?\b/.exec(device)?.[1];
  return backend === "simd" && threads ? `${backend}, ${threadsOf(Number(threads))}` : backend;
}

const threadsOf = (n: number) => `${n} ${n === 1 ? "thread" : "threads"}`;
