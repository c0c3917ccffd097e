import { clone, dispose, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { encodeSafetensors, type HostTensor, stateOf, toHost } from "@tx/core";
import { plainJson } from "./plain-json";
import type { Run } from "./run";
import { checksumOf, KIND, migrations, PARTS, versionOf } from "./run-format";

/**
 * A run as one safetensors file, all of it: weights and the model's other variables, the optimizer's state, the number of steps,
 * the places of the random streams, the data's cursor.
 *
 * It is the run of the moment of the call; training may go on while the numbers are read.
 *
 * @returns The file's bytes: tensors by "model.", "optimizer." or "tensors." and their path, the
 *   rest in the metadata, with a checksum over everything.
 * @throws RangeError (as a rejection) if cursor or config is not plain JSON, or a tensor is
 *   neither float32 nor int32.
 */
export async function encodeRun(run: Run): Promise<Uint8Array> {
  const text = textOf(run);
  const held = heldTensors(run);
  try {
    const tensors = new Map<string, HostTensor>();
    for (const [name, tensor] of held) tensors.set(name, await toHost(tensor));
    const metadata = { format: "tx", kind: KIND, version: versionOf(migrations), run: text };
    const checksum = checksumOf({ tensors, metadata });
    return encodeSafetensors(tensors, { ...metadata, checksum });
  } finally {
    dispose([...held.values()]);
  }
}

function textOf({ optimizer, random = {}, cursor, config }: Run): string {
  const places = Object.entries(random).map(([name, { state }]) => [name, state] as const);
  return plainJson("run", {
    steps: optimizer.steps,
    random: Object.fromEntries(places),
    ...(cursor === undefined ? {} : { cursor }),
    ...(config === undefined ? {} : { config }),
  });
}

/** Clones of all tensors by their names in the file. */
function heldTensors({ model, optimizer, tensors = new Map() }: Run): Map<string, Tensor> {
  const parts = { model: stateOf(model), optimizer: optimizer.state(), tensors };
  const live = PARTS.flatMap((part) =>
    [...(parts[part] as ReadonlyMap<string, Tensor>)].map(
      ([path, tensor]) => [`${part}.${path}`, tensor] as const,
    ),
  );
  for (const [name, { dtype }] of live) {
    if (dtype !== "float32" && dtype !== "int32") {
      throw new RangeError(`${name}: expected float32 or int32, got ${dtype}`);
    }
  }
  const clones = tidy(() => live.map(([, tensor]) => clone(tensor)));
  return new Map(live.map(([name], n) => [name, clones[n]!]));
}
