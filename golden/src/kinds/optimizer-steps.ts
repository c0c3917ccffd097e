import { dispose, type Tensor, type Variable } from "@tensorflow/tfjs-core";
import { parameter } from "@tx/core";
import { Adam, AdamW } from "@tx/training";
import type { CaseReader } from "../case-reader";
import type { CaseTensor } from "../golden-case";
import type { Kind, Produced } from "../kind";
import { NotMapped } from "../not-mapped";
import { floats } from "../tensors";

type OptimizerClass = typeof Adam | typeof AdamW;

/** Updates of given weights by given gradients, step after step. */
export const optimizerSteps: Kind = {
  name: "optimizer-steps",

  matches: ({ inputs, weights, config }) =>
    Object.hasOwn(config, "beta1") &&
    Object.keys(weights).length > 0 &&
    Object.keys(weights).every((name) => Object.hasOwn(inputs, `grads_${name}`)),

  map(reader) {
    const names = Object.keys(reader.golden.weights);
    const start = new Map(names.map((name) => [name, reader.weight(name)]));
    const gradients = new Map(names.map((name) => [name, reader.input(`grads_${name}`)]));
    const steps = stepsOf(gradients);
    reader.sizes({ steps });
    const rate = reader.number("lr");
    const settings = settingsOf(reader);
    const Optimizer = reader.choice<OptimizerClass>(
      "decay",
      { decoupled: AdamW, "added to the gradient": Adam },
      // torch.optim.Adam adds it.
      /adamw/i.test(reader.golden.name) ? "decoupled" : "added to the gradient",
    );

    return async () => {
      const parameters = new Map(
        [...start].map(([name, value]) => [name, parameter([...value.shape], () => floats(value))]),
      );
      const optimizer = new Optimizer({ ...settings, parameters, decays: () => true });
      try {
        return await updates(parameters, steps, (step) => {
          const given = new Map([...gradients].map(([name, all]) => [name, sliceOf(all, step)]));
          optimizer.step(given, rate);
          dispose([...given.values()]);
        });
      } finally {
        optimizer.dispose();
        dispose([...parameters.values()]);
      }
    };
  },
};

/** What Adam and AdamW are told besides the parameters. */
export function settingsOf(reader: CaseReader) {
  return {
    beta1: reader.number("beta1"),
    beta2: reader.number("beta2"),
    // A model's eps may be that of its norms.
    eps: reader.number(reader.has("config", "adamEps") ? "adamEps" : "eps"),
    weightDecay: reader.number("weightDecay", 0),
  };
}

async function updates(
  parameters: ReadonlyMap<string, Variable>,
  steps: number,
  update: (step: number) => void,
): Promise<Produced> {
  const after = new Map([...parameters.keys()].map((name): [string, number[]] => [name, []]));
  for (let step = 0; step < steps; step++) {
    update(step);
    await Promise.all(
      Array.from(parameters, async ([name, variable]) =>
        after.get(name)!.push(...(await variable.data())),
      ),
    );
  }
  return {
    outputs: Object.fromEntries(
      [...after].map(([name, values]) => [`after_each_step_${name}`, values]),
    ),
  };
}

function stepsOf(gradients: ReadonlyMap<string, CaseTensor>): number {
  const [steps = 0, ...others] = [...gradients.values()].map(({ shape }) => shape[0] ?? 0);
  if (others.some((count) => count !== steps)) {
    throw new NotMapped(`inputs: expected gradients of ${steps} steps for each weight`);
  }
  return steps;
}

/** The gradient of one step, from those of all: [steps, ...] to [...]. */
function sliceOf({ shape, data }: CaseTensor, step: number): Tensor {
  const rest = shape.slice(1);
  const size = rest.reduce((product, axis) => product * axis, 1);
  return floats({ shape: rest, data: data.slice(step * size, (step + 1) * size) });
}
