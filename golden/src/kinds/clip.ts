import { dispose, type Tensor } from "@tensorflow/tfjs-core";
import { clipByGlobalNorm } from "@tx/training";
import type { CaseTensor } from "../golden-case";
import type { Kind } from "../kind";
import { floats, readAll } from "../tensors";
import { weightsAre } from "./shape-of-case";

/** torch.nn.utils.clip_grad_norm_ of groups of gradients, such as above_a, above_b: group above. */
export const clip: Kind = {
  name: "clip",

  matches: (golden) =>
    Object.hasOwn(golden.config, "maxNorm") &&
    weightsAre(golden, []) &&
    groupsOf(golden.outputs).length > 0,

  map(reader) {
    const maxNorm = reader.number("maxNorm");
    reader.phrase("coefficient", /^min\(1, maxNorm \/ \(norm \+ 1e-6\)\)$/);
    const groups = groupsOf(reader.golden.outputs).map((group) => {
      const names = Object.keys(reader.golden.inputs).filter((name) =>
        name.startsWith(`${group}_`),
      );
      const members = names.map((name): [string, CaseTensor] => [
        name.slice(group.length + 1),
        reader.input(name),
      ]);
      return { group, members };
    });

    return async () => {
      const outputs: Record<string, ArrayLike<number>> = {};
      for (const { group, members } of groups) {
        const given = new Map<string, Tensor>(
          members.map(([name, value]) => [name, floats(value)]),
        );
        const { gradients, norm } = clipByGlobalNorm(given, maxNorm);
        dispose([...given.values()]);
        const clipped = [...gradients].map(([name, gradient]): [string, Tensor] => [
          `${group}_clipped_${name}`,
          gradient,
        ]);
        Object.assign(outputs, await readAll([[`${group}_norm`, norm], ...clipped]));
      }
      return { outputs };
    };
  },
};

function groupsOf(outputs: Readonly<Record<string, CaseTensor>>): string[] {
  return Object.keys(outputs).flatMap((name) => /^(.+)_norm$/.exec(name)?.[1] ?? []);
}
