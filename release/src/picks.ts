import { join } from "node:path";
import { tfjs } from "./alone";
import { installIn } from "./empty-folder";
import { awaiting } from "./programs";
import type { Registry } from "./registry";

/** What brings each backend. */
const backends = {
  cpu: { "@tensorflow/tfjs-backend-cpu": tfjs },
  wasm: { "@tensorflow/tfjs-backend-wasm": tfjs },
  simd: undefined,
};

/** What somebody installs to train a model and keep it. */
const training = ["@tx/core", "@tx/model", "@tx/schedule", "@tx/training"];

export interface Release {
  /** Where folders are made. */
  readonly folder: string;
  readonly version: string;
  readonly registry: Registry;
}

/** Trains, generates, saves and loads with one backend and nothing else, imported and required. */
export async function useToTrain(
  backend: keyof typeof backends,
  { folder, version, registry }: Release,
): Promise<void> {
  const ours = backend === "simd" ? [...training, "@tx/simd"] : training;
  const packages = {
    "@tensorflow/tfjs-core": tfjs,
    ...backends[backend],
    ...Object.fromEntries(ours.map((name) => [name, version])),
  };
  const home = await installIn(join(folder, `train-${backend}`), packages, registry);
  const kernels = backend === "simd" ? "@tx/simd" : `@tensorflow/tfjs-backend-${backend}`;
  for (const form of ["esm", "cjs"] as const) {
    const program = awaiting(
      [
        `import "${kernels}";`,
        'import { save } from "./save";',
        'import { train } from "./train";',
      ],
      [
        `const { backend } = await train("${backend}");`,
        `if (backend !== "${backend}") throw new Error("expected ${backend}, got " + backend);`,
        `await save("run-${form}");`,
      ],
    );
    await home.run(program, form);
  }
}

/** Two installed copies of @tx/core: one that the other packages share, and one beside it. */
export async function useTwoCopies({ folder, version, registry }: Release): Promise<void> {
  const packages = {
    "@tensorflow/tfjs-core": tfjs,
    ...backends.cpu,
    ...Object.fromEntries(
      ["@tx/attention", "@tx/core", "@tx/model", "@tx/training"].map((name) => [name, version]),
    ),
    "own-core": `npm:@tx/core@${version}`,
  };
  const home = await installIn(join(folder, "two-copies"), packages, registry);
  await home.run('import "./two-copies.mjs";', "esm");
}
