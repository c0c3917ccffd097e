export interface WebgpuSettings {
  /**
   * Whose products `matMul` and `linear` of `@tx/ops` run. "auto": ours where it saves a program or a
   * copy, that is for linear maps with what belongs to them, and where a batch axis is broadcast; tfjs's
   * else. "own": ours wherever they can do the call. "stock": always tfjs's. Default "auto".
   */
  products?: "auto" | "own" | "stock";
  /** Whether programs reduce by subgroups where the device has them. Default true. */
  subgroups?: boolean;
}

const kinds = ["auto", "own", "stock"];

/** As they are now. */
export const settings: Required<WebgpuSettings> = { products: "auto", subgroups: true };

/**
 * Changes how the kernels work from the next call on; what is not given stays.
 *
 * @throws RangeError for a value that is none of those.
 */
export function configureWebgpu({ products, subgroups }: WebgpuSettings): void {
  if (products !== undefined && !kinds.includes(products)) {
    throw new RangeError(
      `products: expected one of ${kinds.join(", ")}, got ${JSON.stringify(products)}`,
    );
  }
  if (subgroups !== undefined && typeof subgroups !== "boolean") {
    throw new RangeError(`subgroups: expected true or false, got ${JSON.stringify(subgroups)}`);
  }
  settings.products = products ?? settings.products;
  settings.subgroups = subgroups ?? settings.subgroups;
}
