import type { CaseReader } from "../case-reader";
import { NotMapped } from "../not-mapped";
import { activationNames } from "./feed-forward";
import type { LayerConfig } from "./torch-block";

const names = { ...activationNames, "gelu (erf)": "gelu", "gelu (tanh)": "gelu-tanh" } as const;

/** Heads, activation, eps and place of the norms, where norms are told in words: "post-LN, eps 1e-5". */
export function readWordedLayers(reader: CaseReader): LayerConfig & { readonly eps: number } {
  const form = /^(post|pre)-LN(?:, eps ([\d.e-]+))?(?:, (no|with) final norms?)?$/;
  const [place = "post", eps, final] = reader.phrase("norm", form) ?? [];
  const normed = reader.golden.weights["encoder.norm.weight"] !== undefined;
  const settled = {
    heads: reader.number("heads"),
    activation: reader.choice("activation", names, "relu"),
    residual: place === "pre" ? "preNorm" : "postNorm",
    eps: eps === undefined ? reader.number("eps", 1e-5) : Number(eps),
  } as const;
  if (final !== undefined && normed !== (final === "with")) {
    throw new NotMapped(`config.norm: expected final norms as in the weights, got ${final}`);
  }
  return settled;
}
