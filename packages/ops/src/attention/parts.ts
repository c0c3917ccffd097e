import { getBackend } from "@tensorflow/tfjs-core";
import type { Settings } from "./call";
import type { Mask, ScoreSizes } from "./mask";
import type { ScorePart } from "./score-part";

/**
 * Cuts scores into parts that are computed one after another: some queries of all heads, with the keys
 * that any of them may see by its place, no more than a quarter of scoreBytes; on wasm, of the heads of
 * one key head, since tfjs 4.22.0's wasm backend multiplies fast only single matrices.
 *
 * @returns By batch entry, then head, then query.
 */
export function partsOf(
  sizes: ScoreSizes,
  kvHeads: number,
  { mask, scoreBytes }: Pick<Settings, "mask" | "scoreBytes">,
): ScorePart[] {
  const { batch, heads, queries, keys } = sizes;
  const [entries, group] = getBackend() === "wasm" ? [1, heads / kvHeads] : [batch, heads];
  const rows = Math.max(1, Math.floor(scoreBytes / 16 / (entries * group * keys)));
  const parts: ScorePart[] = [];
  for (let b = 0; b < batch; b += entries) {
    for (let h = 0; h < heads; h += group) {
      for (let q = 0; q < queries; q += rows) {
        const count = Math.min(rows, queries - q);
        const [first, end] = keysOf(mask, q + keys - queries, count, keys);
        const size = [entries, group, count, end - first];
        parts.push({ sizes, begin: [b, h, q, first], size });
      }
    }
  }
  return parts;
}

/** From which key to which so many queries from a place on may see; one at least, if they see none. */
function keysOf(mask: Mask, place: number, count: number, keys: number): [number, number] {
  const { before = Infinity, after = Infinity } = mask.window ?? {};
  const first = Math.max(0, place - before);
  let end = place + count + (mask.causal ? 0 : after);
  if (mask.prefix !== undefined) end = Math.min(end, Math.max(place + count, mask.prefix));
  return [first, Math.max(first + 1, Math.min(keys, end))];
}
