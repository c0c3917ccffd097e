import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, it } from "vitest";
import { cases, expectCase, introduce, titled } from "./cases";

beforeAll(introduce);

/** Those that webgpu works out in its own way, or whose gradient must step around its faults. */
const kernels: readonly string[] = [
  tf.GatherV2,
  tf.Max,
  tf.Min,
  tf.PadV2,
  tf.Pow,
  tf.Prod,
  tf.Select,
  tf.Softmax,
  tf.Tile,
  tf.UnsortedSegmentSum,
];

describe("a gradient against finite differences", () => {
  it.for(titled(cases.filter(([kernel]) => kernels.includes(kernel))))("%s %s", ([, , one]) =>
    expectCase(one),
  );
});
