import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Tensor, type Tensor2D, tensor, tidy } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EncoderDecoderModel, EncoderModel, type PresetModel } from "../index";
import { loadHuggingFace, saveHuggingFace } from "../node/index";

// Written, and computed in float64, by Hugging Face's own code: make.py beside them.
const FIXTURES = join(import.meta.dirname, "../../fixtures/hugging-face");

const NAMES = [
  ...["gpt2", "gpt2-untied", "llama", "llama-bf16", "t5", "t5-gated"],
  ...["bert", "bert-masked", "bert-pretraining", "bert-texts", "bert-tokens"],
];

interface Listed {
  shape: number[];
  data: number[];
}

interface Expected {
  inputs: Record<string, Listed>;
  output: Listed;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tx-hugging-face-"));
});
afterAll(() => rm(folder, { recursive: true }));

const expectedOf = async (name: string): Promise<Expected> =>
  JSON.parse(await readFile(join(FIXTURES, name, "expected.json"), "utf8"));

/** What a model gives for the inputs of a Transformers model. */
function outputOf(model: PresetModel, inputs: Expected["inputs"]): Tensor {
  return tidy(() => {
    const input = (name: string, dtype: "int32" | "bool") => {
      const { shape, data } = inputs[name]!;
      return tensor(data, shape as [number, number], dtype) as Tensor2D;
    };
    const ids = input("input_ids", "int32");
    if (model instanceof EncoderModel) {
      const segments = input("token_type_ids", "int32");
      return model.forward(ids, { visible: input("attention_mask", "bool"), segments });
    }
    if (model instanceof EncoderDecoderModel) {
      const sourceVisible = input("attention_mask", "bool");
      return model.forward(ids, input("decoder_input_ids", "int32"), { sourceVisible });
    }
    return model.forward(ids);
  });
}

/** Values of what no padding hides: their models compute something there too, ours need not. */
async function visibleValues(output: Tensor, { inputs }: Expected): Promise<number[]> {
  const mask = inputs.attention_mask;
  const data = [...(await output.data())];
  const [batch, seq, width] = output.shape as [number, number, number];
  if (!mask || output.rank < 3 || seq !== mask.shape[1]) return data;
  const rows = Array.from({ length: batch * seq }, (_, n) => n).filter((n) => mask.data[n]);
  return rows.flatMap((n) => data.slice(n * width, (n + 1) * width));
}

async function expectTheirs(model: PresetModel, expected: Expected): Promise<void> {
  const output = outputOf(model, expected.inputs);
  const theirs = tensor(expected.output.data, expected.output.shape);
  try {
    expect(output.shape).toEqual(expected.output.shape);
    const values = await visibleValues(output, expected);
    await expectClose(tensor(values), tensor(await visibleValues(theirs, expected)), {
      ...{ rtol: 1e-4, atol: 1e-4 },
    });
  } finally {
    output.dispose();
    theirs.dispose();
  }
}

test.each(NAMES)("%s, as Transformers wrote it, computes what Transformers does", async (name) => {
  const model = await loadHuggingFace(join(FIXTURES, name));
  expect(model.training).toBe(false);
  await expectTheirs(model, await expectedOf(name));
  model.dispose();
});

test.each(NAMES)("%s comes back from a folder of our own", async (name) => {
  const model = await loadHuggingFace(join(FIXTURES, name));
  await saveHuggingFace(join(folder, name), model);
  const again = await loadHuggingFace(join(folder, name));
  expect(again.config).toEqual(model.config);
  await expectTheirs(again, await expectedOf(name));
  model.dispose();
  again.dispose();
});

test.each(["gpt2", "bert-masked", "llama", "t5-gated"])("%s leaves no tensor behind", (name) =>
  expectNoLeak(async () => {
    const model = await loadHuggingFace(join(FIXTURES, name));
    await saveHuggingFace(join(folder, `${name}-leaks`), model, { dtype: "F16" });
    model.dispose();
  }),
);
