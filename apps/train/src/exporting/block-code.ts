import type { Config } from "../config/config";
import { feedForwards, residuals } from "../parts/blocks";
import { deepNormOf, keyValueHeads, type Side } from "../parts/build-model";
import { expertPart, mixtureOptions } from "../parts/experts";
import { partNamed } from "../parts/part";
import type { Imports } from "./imports";
import { fieldsOf, literal } from "./literal";

/** Code that makes a block, where there is an `rng`. */
export function blockCode(config: Config, side: Side, imports: Imports): string {
  const { dModel, heads, dropout, bias, norm } = config;
  const { policy: residual } = partNamed(residuals, config.residual);
  const part = partNamed(feedForwards, config.ffn);
  const settings = fieldsOf({
    ...{ dModel, heads, kvHeads: keyValueHeads(config), dFF: config.dFF ?? undefined },
    ...("mixed" in part ? {} : { activation: part.activation, gated: part.gated }),
    ...{ norm, residual, bias, dropout, cross: side === "reading decoder" || undefined },
    deepNorm: residual === "deepNorm" ? deepNormOf(config)[side] : undefined,
  });
  const made = [
    ...("mixed" in part ? [`feedForward: () => ${mixtureCode(config, imports)}`] : []),
    ...scoreCode(config, imports).map((code) => `score: ${code}`),
  ];
  return `${imports.take("@tx/model", "standardBlock")}({ ${[settings, ...made, "rng"].join(", ")} })`;
}

function mixtureCode(config: Config, imports: Imports): string {
  const { dModel, bias, dFF } = config;
  const { activation, gated } = expertPart(config);
  const name = imports.take("@tx/ffn", gated ? "GatedFeedForward" : "FeedForward");
  const sizes = fieldsOf({ dModel, dFF: dFF ?? undefined, activation, bias });
  const mixture = imports.take("@tx/ffn", "MixtureOfExperts");
  const settings = fieldsOf({ dModel, ...mixtureOptions(config) });
  return `new ${mixture}({ ${settings}, expert: () => new ${name}({ ${sizes}, rng }), rng })`;
}

/** A score function of its own; none where it is the usual one. */
function scoreCode({ score, scoreOptions, heads, dModel }: Config, imports: Imports): string[] {
  const take = (name: string) => imports.take("@tx/attention", name);
  if (score === "unscaled") return [`${take("scaledDotProduct")}({ scale: 1 })`];
  if (score === "cosine") return [`${take("cosine")}(${literal({ heads, ...scoreOptions })})`];
  if (score !== "additive") return [];
  return [
    `${take("additive")}({ ${fieldsOf({ queryDim: dModel / heads, ...scoreOptions })}, rng })`,
  ];
}
