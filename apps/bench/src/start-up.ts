import { pathToFileURL } from "node:url";
import { programFile } from "./places";

/** What this process is told: a JSON argument. */
interface Told {
  readonly backend: string;
  readonly threads?: number;
  readonly config: import("./configs").BenchConfig;
}

// Times since the process began; the first is Node's own start.
const marks = {
  node: performance.now(),
  imports: 0,
  backend: 0,
  model: 0,
  firstStep: 0,
  secondStep: 0,
};
const { backend, threads, config } = JSON.parse(process.argv[2] ?? "{}") as Told;
try {
  const file = pathToFileURL(programFile("start-up-work")).href;
  const { work } = (await import(file)) as typeof import("./start-up-work");
  marks.imports = performance.now();
  const { name, device } = await work.backend(backend, threads);
  marks.backend = performance.now();
  const steps = work.model(config);
  marks.model = performance.now();
  await steps.once();
  marks.firstStep = performance.now();
  await steps.once();
  marks.secondStep = performance.now();
  process.stdout.write(`${JSON.stringify({ name, device, marks })}\n`, () => process.exit());
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: (error as Error).message })}\n`, () =>
    process.exit(1),
  );
}
