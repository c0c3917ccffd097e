import { Rng } from "@tx/core";
import { loadModel, saveModel } from "@tx/model/node";
import { restoreRun } from "@tx/training";
import { loadRun, saveRun } from "@tx/training/node";
import { makeModel } from "./train";

/** Saves and loads on the disk, as only Node can. */
export async function save(folder: string): Promise<void> {
  const { model, optimizer } = makeModel();
  await saveRun(folder, { model, optimizer, config: { kind: "rehearsal" } });
  const saved = await loadRun(folder);
  if (JSON.stringify(saved.config) !== '{"kind":"rehearsal"}') {
    throw new Error(`expected the config that was saved, got ${JSON.stringify(saved.config)}`);
  }
  restoreRun(saved, { model, optimizer });
  await saveModel(`${folder}/model.safetensors`, model);
  const loaded = await loadModel(`${folder}/model.safetensors`, { rng: new Rng(1) });
  const [wanted, got] = [model, loaded].map((one) => [...one.parameters().keys()].join());
  if (wanted !== got) throw new Error(`expected the parameters ${wanted}, got ${got}`);
}
