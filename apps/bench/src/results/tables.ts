import { basename } from "node:path";
import { z } from "zod";
import type { TableResult, Where } from "./result";

type Table = Omit<TableResult, "where" | "source" | "failures"> & {
  readonly failures?: TableResult["failures"];
};

const rates = z.record(z.string(), z.number());
const failures = z.array(z.object({ name: z.string(), error: z.string() })).default([]);
const median = z.object({ median: z.number() });
/** A config by name; of a file, its name alone. */
export const nameOfConfig = (config: string) => basename(config).replace(/\.json$/, "");

const config = z.object({ configName: z.string().transform(nameOfConfig) });
const timed = z.object({ times: z.array(z.number()), median: z.number() });

/** The result of a command whose figures are a table. @throws ZodError if it is none of them. */
export function tableOf(json: unknown, where: Where, source: string): TableResult {
  const of = (key: string) => Object.hasOwn(json as object, key);
  const read = () => {
    if (of("gflops")) return productsOf(json);
    if (of("measured")) return loadOf(json);
    if (of("ops")) return opsOf(json);
    if (of("phases")) return startUpOf(json);
    if (of("sizes")) return sizesOf(json);
    if (of("counts")) return countsOf(json);
    return positionalOf(json);
  };
  return { failures: [], ...read(), where, source };
}

function productsOf(json: unknown): Table {
  const { backend, gflops, gflopsBest, oneCoreLoop, torch } = z
    .object({
      backend: z.string(),
      gflops: rates,
      gflopsBest: rates.optional(),
      oneCoreLoop: rates.optional(),
      torch: rates.optional(),
    })
    .parse(json);
  const columns: [string, Record<string, number> | undefined][] = [
    [backend, gflops],
    [`${backend}, best`, gflopsBest],
    ["one core's loop", oneCoreLoop],
    ["PyTorch", torch],
  ];
  const given = columns.filter(([, values]) => values);
  return {
    ...{ command: "products", title: "Matrix products", unit: "GFLOP/s" },
    columns: given.map(([name]) => name),
    rows: Object.keys(gflops).map((name) => ({
      name,
      values: given.map(([, values]) => values?.[name]),
    })),
  };
}

function loadOf(json: unknown): Table {
  const { config, measured } = z
    .object({
      config: z.string(),
      measured: z.array(z.object({ busy: z.number(), threads: z.number(), medianMs: z.number() })),
    })
    .parse(json);
  const threads = [...new Set(measured.map((one) => one.threads))];
  const busy = [...new Set(measured.map((one) => one.busy))];
  return {
    ...{ command: "load", title: `Training step, ${config}, beside busy programs`, unit: "ms" },
    columns: threads.map((n) => `${n} ${n === 1 ? "thread" : "threads"}`),
    rows: busy.map((n) => ({
      name: `${n} busy`,
      values: threads.map(
        (count) => measured.find((one) => one.busy === n && one.threads === count)?.medianMs,
      ),
    })),
  };
}

function opsOf(json: unknown): Table {
  const side = timed.extend({ side: z.string(), pass: z.string() });
  const { configName, ops } = config
    .extend({ ops: z.array(z.object({ op: z.string(), standings: z.array(side), failures })) })
    .parse(json);
  const columns = ["forward", "forward and backward"].flatMap((pass) =>
    ["kernel", "reference"].map((side) => ({ pass, side })),
  );
  return {
    ...{ command: "ops", title: `Operations of @tx/ops at the sizes of ${configName}`, unit: "ms" },
    columns: columns.map(({ pass, side }) => `${side}, ${pass}`),
    rows: ops.map(({ op, standings }) => ({
      name: op,
      values: columns.map(
        ({ pass, side }) => standings.find((one) => one.pass === pass && one.side === side)?.median,
      ),
    })),
    failures: ops.flatMap(({ op, failures }) =>
      failures.map(({ name, error }) => ({ name: `${op}, ${name}`, error })),
    ),
  };
}

function positionalOf(json: unknown): Table {
  const side = timed.extend({ strategy: z.string(), pass: z.string() });
  const read = config.extend({ standings: z.array(side), failures }).parse(json);
  const columns = ["forward", "step"];
  const names = [...new Set(read.standings.map(({ strategy }) => strategy))];
  return {
    ...{ command: "positional", unit: "ms", columns, failures: read.failures },
    title: `One attention layer by positional strategy, ${read.configName}`,
    rows: names.map((name) => ({
      name,
      values: columns.map(
        (pass) => read.standings.find((one) => one.strategy === name && one.pass === pass)?.median,
      ),
    })),
  };
}

function startUpOf(json: unknown): Table {
  const read = config
    .extend({ backend: z.string(), phases: z.record(z.string(), median) })
    .parse(json);
  const labels: Record<string, string> = {
    node: "Node itself",
    imports: "imports",
    backend: "backend",
    model: "model",
    firstStep: "first step",
    secondStep: "second step",
    toFirstStep: "start to first step",
  };
  return {
    ...{ command: "start-up", unit: "ms", columns: [read.backend] },
    title: `From the process's start to a training step, ${read.configName}`,
    rows: Object.entries(labels).map(([key, name]) => ({
      name,
      values: [read.phases[key]?.median],
    })),
  };
}

function sizesOf(json: unknown): Table {
  const size = z.object({ minified: z.number(), gzip: z.number(), brotli: z.number() });
  const { sizes } = z.object({ sizes: z.array(z.object({ name: z.string(), size })) }).parse(json);
  const columns = ["minified", "gzip", "brotli"] as const;
  return {
    ...{ command: "size", title: "Bundles, TensorFlow.js apart", unit: "kB", columns },
    rows: sizes.map(({ name, size }) => ({
      name,
      values: columns.map((column) => size[column] / 1000),
    })),
  };
}

function countsOf(json: unknown): Table {
  const spread = z.object({ median: z.number() });
  const device = z.object({
    dispatches: z.number(),
    submits: z.number(),
    buffersCreated: z.number(),
    pipelinesCreated: z.number(),
    uploads: z.number(),
    reads: z.number(),
  });
  const { configName, counts } = config
    .extend({
      counts: z.object({
        ahead: z.object({ pipelinesCreated: z.number() }),
        first: device,
        steady: device,
        encodedMs: spread,
        onProcessorMs: spread.optional(),
      }),
    })
    .parse(json);
  const { ahead, first, steady, encodedMs, onProcessorMs } = counts;
  const labels: [keyof z.infer<typeof device>, string][] = [
    ["dispatches", "dispatches"],
    ["submits", "submits"],
    ["buffersCreated", "buffers created"],
    ["pipelinesCreated", "pipelines compiled"],
    ["uploads", "tensors uploaded"],
    ["reads", "tensors read"],
  ];
  return {
    ...{ command: "counts", title: `A training step on WebGPU, ${configName}`, unit: "a step" },
    columns: ["ahead", "first step", "steady step"],
    rows: [
      ...labels.map(([key, name]) => ({
        name,
        values: [key in ahead ? ahead.pipelinesCreated : undefined, first[key], steady[key]],
      })),
      { name: "ms of the main thread", values: [undefined, undefined, encodedMs.median] },
      {
        name: "of these on a processor",
        values: [undefined, undefined, onProcessorMs?.median],
      },
    ],
  };
}
