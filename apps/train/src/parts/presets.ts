import type { Config } from "../config/config";
import type { Part } from "./part";

/** Settings that belong together, by name. Settings given beside a preset replace its own. */
export const presets: readonly (Part & { readonly settings: Partial<Config> })[] = [
  {
    name: "gpt-tiny",
    says: "GPT-2's layout in half a minute: 2 layers, width 64",
    settings: { layers: 2, heads: 4, dModel: 64, length: 32, batch: 16 },
  },
  {
    name: "gpt-mini",
    says: "GPT-2's layout in some minutes: 4 layers, width 128",
    settings: { layers: 4, heads: 4, dModel: 128, length: 64, batch: 16, rate: 3e-3 },
  },
  {
    name: "llama-tiny",
    says: "RoPE, RMS norm, SwiGLU, grouped queries and no biases (Touvron et al. 2023)",
    settings: {
      ...{ layers: 2, heads: 4, dModel: 64, positional: "rope", norm: "rms", ffn: "swiglu" },
      ...{ attention: "grouped", kvHeads: 2, bias: false, tied: false },
    },
  },
  {
    name: "vaswani-tiny",
    says: "the parts of 2017: waves, norm after the sum, ReLU, Noam's schedule",
    settings: {
      ...{ layers: 2, heads: 4, dModel: 64, positional: "sinusoidal", residual: "post" },
      ...{ ffn: "relu", schedule: "noam", warmup: 300, rate: 3e-3, dropout: 0.1 },
    },
  },
];
