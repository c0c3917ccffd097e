import "@tensorflow/tfjs-backend-cpu";
import { memory, setBackend } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { loadStoredModel, removeStoredModel, storedModels, storeModel } from "../../browser/index";
import { type ConfiguredModel, encodeModel, gpt, loadModel, modelToBlob } from "../../index";

/** What the page says of its models: which are the same as the one that was saved, and what failed. */
export interface Told {
  readonly file: boolean;
  readonly urls: Record<string, boolean>;
  readonly stored: { names: string[]; same: boolean; half: boolean; other: boolean };
  readonly afterRemoval: string[];
  readonly problems: string[];
  readonly tensorsLeft: number;
}

/** As the test makes it too. */
export const modelOfSeed = (seed: number): ConfiguredModel =>
  gpt({ vocabSize: 101, maxLen: 7, layers: 2, heads: 2, dModel: 96, rng: new Rng(seed) });

async function isSame(got: ConfiguredModel, wanted: Uint8Array): Promise<boolean> {
  const bytes = await encodeModel(got);
  got.dispose();
  return bytes.length === wanted.length && bytes.every((byte, n) => byte === wanted[n]);
}

const problemOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error: Error) => error.message,
  );

async function run(): Promise<Told> {
  await setBackend("cpu");
  const start = memory().numTensors;
  const [model, other] = [modelOfSeed(3), modelOfSeed(4)];
  const bytes = await encodeModel(model);
  const otherBytes = await encodeModel(other);
  const file = new File([await modelToBlob(model)], "chosen.safetensors");
  const told = {
    file: await isSame(await loadModel(file), bytes),
    urls: await sameByUrl(bytes),
    stored: await storedOf(model, other, { bytes, otherBytes }),
    afterRemoval: await storedModels(),
    problems: [
      await problemOf(loadStoredModel("removed")),
      await problemOf(loadModel(file.slice(0, 1000), { name: "cut.safetensors" })),
      await problemOf(loadModel(new URL("/none.safetensors", location.href))),
    ],
  };
  model.dispose();
  other.dispose();
  return { ...told, tensorsLeft: memory().numTensors - start };
}

/** From this site and from another one, whose headers a page may see in part only. */
async function sameByUrl(bytes: Uint8Array): Promise<Record<string, boolean>> {
  const same: Record<string, boolean> = {};
  for (const site of [location.origin, location.origin.replace("localhost", "127.0.0.1")]) {
    for (const kind of ["ranges", "whole", "chunked", "sharded"]) {
      const name = kind === "sharded" ? "model.safetensors.index.json" : "model.safetensors";
      const url = new URL(`${site}/${kind}/${name}`);
      const key = `${kind}${site === location.origin ? "" : ", another site"}`;
      same[key] = await isSame(await loadModel(url), bytes);
    }
  }
  return same;
}

async function storedOf(
  model: ConfiguredModel,
  other: ConfiguredModel,
  { bytes, otherBytes }: Record<"bytes" | "otherBytes", Uint8Array>,
): Promise<Told["stored"]> {
  await storeModel("mine", other);
  await storeModel("mine", model);
  await storeModel("half", model, { dtype: "BF16" });
  await storeModel("removed", other);
  const isOther = await isSame(await loadStoredModel("removed"), otherBytes);
  const names = (await storedModels()).sort();
  await removeStoredModel("removed");
  const half = await loadStoredModel("half");
  const near = await isNear(half, model);
  half.dispose();
  return {
    names,
    same: await isSame(await loadStoredModel("mine"), bytes),
    half: near,
    other: isOther,
  };
}

async function isNear(got: ConfiguredModel, wanted: ConfiguredModel): Promise<boolean> {
  for (const [path, variable] of wanted.parameters()) {
    const numbers = await got.parameters().get(path)!.data();
    const exact = await variable.data();
    if (!numbers.every((n, at) => Math.abs(n - exact[at]!) <= 2 ** -8 * Math.abs(exact[at]!))) {
      return false;
    }
  }
  return true;
}

if (typeof document !== "undefined") {
  run()
    .catch((error: Error) => ({ problem: error.stack ?? error.message }))
    .then((told) => fetch("/result", { method: "POST", body: JSON.stringify(told) }));
}
