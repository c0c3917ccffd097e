import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectAsOnCpu } from "../testing/compare";
import { bools, floats, wholes } from "../testing/inputs";

// One call of every kernel that the cpu backend has, ours or its own, on inputs that lie in the
// memory, and a kernel of ours on what comes out: so whichever kernels meet understand each other.

type Body = () => tf.Tensor | tf.Tensor[];

const made = (...shape: number[]) => tf.mul(floats(shape), 1);
const positive = (...shape: number[]) => tf.add(tf.abs(floats(shape)), 0.5);
const small = (...shape: number[]) => tf.div(floats(shape), 4);
const whole = (...shape: number[]) => tf.add(wholes(shape), tf.scalar(0, "int32"));
const truth = (...shape: number[]) => tf.logicalNot(bools(shape));
const index = (values: number[], ...shape: number[]) =>
  tf.add(tf.tensor(values, shape, "int32"), tf.scalar(0, "int32")) as never;
const given = (values: number[], ...shape: number[]) =>
  tf.mul(tf.tensor(values, shape), 1) as never;

const image = () => made(2, 8, 8, 3) as tf.Tensor4D;
const volume = () => made(1, 4, 4, 4, 2) as tf.Tensor5D;
const complex = () => tf.complex(made(3, 4), small(3, 4));
const boxes = () => given([0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 2, 1, 3], 3, 4);
const scores = () => given([0.9, 0.75, 0.6], 3);
const onBoth = (f: (x: tf.Tensor) => tf.Tensor) => [f(made(3, 7)), f(positive(3, 7))];
const run = (name: string, inputs: object, attrs: object) =>
  tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attrs as never) as tf.Tensor;
const pool = { filterSize: 2, strides: 2, pad: "valid" };
const same = { strides: [1, 1, 1], dilations: [1, 1, 1], pad: "same", dataFormat: "NHWC" };
const bins = () => index([0, 1, 1, 3], 4);

const bodies: Record<string, Body> = {
  Abs: () => onBoth(tf.abs),
  Acos: () => tf.acos(small(9)),
  Acosh: () => tf.acosh(tf.add(positive(9), 1)),
  Add: () => tf.add(made(3, 4), made(4)),
  AddN: () => tf.addN([made(5), positive(5), small(5)]),
  All: () => tf.all(truth(3, 4), 1),
  Any: () => tf.any(truth(3, 4), 0),
  ArgMax: () => tf.argMax(made(3, 5), 1),
  ArgMin: () => tf.argMin(made(3, 5), 0),
  Asin: () => tf.asin(small(9)),
  Asinh: () => tf.asinh(made(9)),
  Atan: () => tf.atan(made(9)),
  Atan2: () => tf.atan2(made(9), positive(9)),
  Atanh: () => tf.atanh(small(9)),
  AvgPool: () => tf.avgPool(image(), 2, 2, "valid"),
  AvgPool3D: () => tf.avgPool3d(volume(), 2, 2, "valid"),
  AvgPool3DGrad: () => run("AvgPool3DGrad", { dy: made(1, 2, 2, 2, 2), input: volume() }, pool),
  AvgPoolGrad: () => run("AvgPoolGrad", { dy: made(2, 4, 4, 3), input: image() }, pool),
  BatchMatMul: () => tf.matMul(made(3, 4), made(4, 5)),
  BatchToSpaceND: () => tf.batchToSpaceND(made(4, 2, 3), [4], [[1, 1]]),
  Bincount: () => tf.bincount(bins(), given([], 0), 5),
  BitwiseAnd: () => tf.bitwiseAnd(whole(7), whole(7)),
  BroadcastArgs: () => tf.broadcastArgs(index([2, 1], 2), index([3], 1)),
  Cast: () => [tf.cast(made(7), "int32"), tf.cast(whole(7), "float32"), tf.cast(truth(7), "int32")],
  Ceil: () => tf.ceil(made(9)),
  ClipByValue: () => tf.clipByValue(made(9), -1, 1),
  Complex: () => tf.real(complex()),
  ComplexAbs: () => tf.abs(complex()),
  Concat: () => tf.concat([made(3, 2), made(3, 4)], 1),
  Conv2D: () => tf.conv2d(image(), made(3, 3, 3, 2) as tf.Tensor4D, 1, "same"),
  Conv2DBackpropFilter: () =>
    run(
      "Conv2DBackpropFilter",
      { x: image(), dy: made(2, 8, 8, 2) },
      { ...same, filterShape: [3, 3, 3, 2] },
    ),
  Conv2DBackpropInput: () =>
    tf.conv2dTranspose(image(), made(3, 3, 2, 3) as tf.Tensor4D, [2, 8, 8, 2], 1, "same"),
  Conv3D: () => tf.conv3d(volume(), made(2, 2, 2, 2, 3) as tf.Tensor5D, 1, "same"),
  Conv3DBackpropFilterV2: () =>
    run(
      "Conv3DBackpropFilterV2",
      { x: volume(), dy: made(1, 4, 4, 4, 3) },
      { ...same, filterShape: [2, 2, 2, 2, 3] },
    ),
  Conv3DBackpropInputV2: () =>
    run(
      "Conv3DBackpropInputV2",
      { dy: made(1, 4, 4, 4, 3), filter: made(2, 2, 2, 2, 3) },
      { ...same, inputShape: [1, 4, 4, 4, 2] },
    ),
  Cos: () => tf.cos(made(9)),
  Cosh: () => tf.cosh(made(9)),
  CropAndResize: () =>
    tf.image.cropAndResize(image(), given([0, 0, 0.6, 0.9], 1, 4), index([1], 1), [3, 3]),
  Cumprod: () => tf.cumprod(made(3, 4), 1),
  Cumsum: () => tf.cumsum(made(3, 4), 0),
  DenseBincount: () => tf.denseBincount(bins(), given([], 0), 5),
  DepthToSpace: () => tf.depthToSpace(made(1, 2, 2, 12) as tf.Tensor4D, 2),
  DepthwiseConv2dNative: () =>
    tf.depthwiseConv2d(image(), made(3, 3, 3, 2) as tf.Tensor4D, 1, "same"),
  DepthwiseConv2dNativeBackpropFilter: () =>
    run(
      "DepthwiseConv2dNativeBackpropFilter",
      { x: image(), dy: made(2, 8, 8, 6) },
      { ...same, filterShape: [3, 3, 3, 2] },
    ),
  DepthwiseConv2dNativeBackpropInput: () =>
    run(
      "DepthwiseConv2dNativeBackpropInput",
      { dy: made(2, 8, 8, 6), filter: made(3, 3, 3, 2) },
      { ...same, inputShape: [2, 8, 8, 3] },
    ),
  Diag: () => tf.diag(made(4)),
  Dilation2D: () => tf.dilation2d(image(), made(2, 2, 3) as tf.Tensor3D, 1, "same"),
  Dilation2DBackpropFilter: () =>
    run(
      "Dilation2DBackpropFilter",
      { x: image(), filter: made(2, 2, 3), dy: made(2, 8, 8, 3) },
      same,
    ),
  Dilation2DBackpropInput: () =>
    run(
      "Dilation2DBackpropInput",
      { x: image(), filter: made(2, 2, 3), dy: made(2, 8, 8, 3) },
      same,
    ),
  Einsum: () => tf.einsum("ij,jk->ik", made(3, 4), made(4, 5)),
  Elu: () => tf.elu(made(9)),
  EluGrad: () => run("EluGrad", { dy: made(9), y: small(9) }, {}),
  Equal: () => tf.equal(whole(9), tf.scalar(2, "int32")),
  Erf: () => tf.erf(made(9)),
  Exp: () => tf.exp(made(9)),
  ExpandDims: () => tf.expandDims(made(3, 4), 1),
  Expm1: () => tf.expm1(made(9)),
  FFT: () => tf.imag(tf.spectral.fft(complex())),
  Fill: () => tf.fill([3, 4], 2.5),
  FlipLeftRight: () => tf.image.flipLeftRight(image()),
  Floor: () => tf.floor(made(9)),
  FloorDiv: () => tf.floorDiv(whole(9), tf.scalar(4, "int32")),
  FusedBatchNorm: () => tf.batchNorm(image(), made(3), positive(3), made(3), made(3)),
  FusedConv2D: () =>
    tf.fused.conv2d({
      x: image(),
      filter: made(3, 3, 3, 2) as tf.Tensor4D,
      strides: 1,
      pad: "same",
      bias: made(2),
      activation: "relu",
    }),
  FusedDepthwiseConv2D: () =>
    tf.fused.depthwiseConv2d({
      x: image(),
      filter: made(3, 3, 3, 1) as tf.Tensor4D,
      strides: 1,
      pad: "same",
      bias: made(3),
      activation: "relu",
    }),
  GatherNd: () => tf.gatherND(made(3, 4), index([0, 1, 2, 3], 2, 2)),
  GatherV2: () => tf.gather(made(5, 3), index([4, 0, 2], 3)),
  Greater: () => tf.greater(made(3, 4), made(4)),
  GreaterEqual: () => tf.greaterEqual(made(3, 4), made(4)),
  IFFT: () => tf.real(tf.spectral.ifft(complex())),
  Identity: () => tf.clone(made(9)),
  Imag: () => tf.imag(complex()),
  IsFinite: () => tf.isFinite(tf.log(made(9))),
  IsInf: () => tf.isInf(tf.log(tf.relu(made(9)))),
  IsNan: () => tf.isNaN(tf.log(made(9))),
  LRN: () => tf.localResponseNormalization(image()),
  LRNGrad: () =>
    run(
      "LRNGrad",
      { x: image(), y: image(), dy: image() },
      { depthRadius: 2, bias: 1, alpha: 1, beta: 0.5 },
    ),
  LeakyRelu: () => tf.leakyRelu(made(9)),
  Less: () => tf.less(made(3, 4), made(4)),
  LessEqual: () => tf.lessEqual(made(3, 4), made(4)),
  LinSpace: () => tf.linspace(0, 1, 7),
  Log: () => tf.log(positive(9)),
  Log1p: () => tf.log1p(positive(9)),
  LogicalAnd: () => tf.logicalAnd(truth(3, 4), truth(4)),
  LogicalNot: () => tf.logicalNot(truth(9)),
  LogicalOr: () => tf.logicalOr(truth(3, 4), truth(4)),
  Max: () => tf.max(made(3, 4), 0),
  MaxPool: () => tf.maxPool(image(), 2, 2, "valid"),
  MaxPool3D: () => tf.maxPool3d(volume(), 2, 2, "valid"),
  MaxPool3DGrad: () =>
    run(
      "MaxPool3DGrad",
      { dy: made(1, 2, 2, 2, 2), input: volume(), output: made(1, 2, 2, 2, 2) },
      pool,
    ),
  MaxPoolGrad: () =>
    run("MaxPoolGrad", { dy: made(2, 4, 4, 3), input: image(), output: made(2, 4, 4, 3) }, pool),
  MaxPoolWithArgmax: () => Object.values(tf.maxPoolWithArgmax(image(), 2, 2, "valid")),
  Maximum: () => tf.maximum(made(3, 4), made(4)),
  Mean: () => tf.mean(made(3, 4), 1),
  Min: () => tf.min(made(3, 4), 0),
  Minimum: () => tf.minimum(made(3, 4), made(4)),
  MirrorPad: () => tf.mirrorPad(made(3, 4), [[1, 1], [2, 2]], "reflect"), // biome-ignore format: pairs
  Mod: () => tf.mod(made(9), 1.5),
  Multinomial: () => tf.multinomial(made(2, 5) as tf.Tensor2D, 6, 7),
  Multiply: () => tf.mul(made(3, 4), made(3, 1)),
  Neg: () => tf.neg(made(9)),
  NonMaxSuppressionV3: () => tf.image.nonMaxSuppression(boxes(), scores(), 3),
  NonMaxSuppressionV4: () =>
    Object.values(
      tf.image.nonMaxSuppressionPadded(boxes(), scores(), 3, 0.5, 0.1, true),
    ) as tf.Tensor[],
  NonMaxSuppressionV5: () =>
    Object.values(tf.image.nonMaxSuppressionWithScore(boxes(), scores(), 3)) as tf.Tensor[],
  NotEqual: () => tf.notEqual(whole(9), tf.scalar(2, "int32")),
  OneHot: () => tf.oneHot(bins(), 5),
  OnesLike: () => tf.onesLike(made(3, 4)),
  Pack: () => tf.stack([made(3), made(3)], 1),
  PadV2: () => tf.pad(made(3, 4), [[1, 0], [0, 2]]), // biome-ignore format: pairs
  Pow: () => [tf.pow(positive(9), 2.5), tf.pow(made(9), 2)],
  Prelu: () => tf.prelu(made(3, 4), made(4)),
  Prod: () => tf.prod(made(3, 4), 1),
  RaggedGather: () => {
    const { outputDenseValues, outputNestedSplits } = tf.raggedGather(
      [index([0, 3, 3, 7, 9], 5)],
      given([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], 9),
      index([2, 1, 0, 3], 4),
      1,
    );
    return [outputDenseValues, ...outputNestedSplits];
  },
  RaggedRange: () =>
    Object.values(tf.raggedRange(given([0, 5], 2), given([8, 9], 2), given([3, 1], 2))),
  RaggedTensorToTensor: () =>
    tf.raggedTensorToTensor(
      index([4, 4], 2),
      given([1, 2, 3], 3),
      tf.scalar(1.5),
      [index([4], 1), index([0, 0, 2], 3)],
      ["FIRST_DIM_SIZE", "VALUE_ROWIDS"],
    ),
  Range: () => tf.range(0, 10, 3),
  Real: () => tf.real(complex()),
  RealDiv: () => tf.div(made(3, 4), positive(4)),
  Reciprocal: () => tf.reciprocal(positive(9)),
  Relu: () => tf.relu(made(9)),
  Relu6: () => tf.relu6(made(9)),
  Reshape: () => tf.reshape(made(3, 4), [2, 6]),
  ResizeBilinear: () => tf.image.resizeBilinear(image(), [5, 11]),
  ResizeBilinearGrad: () =>
    run("ResizeBilinearGrad", { images: image(), dy: made(2, 5, 11, 3) }, { alignCorners: false }),
  ResizeNearestNeighbor: () => tf.image.resizeNearestNeighbor(image(), [5, 11]),
  ResizeNearestNeighborGrad: () =>
    run(
      "ResizeNearestNeighborGrad",
      { images: image(), dy: made(2, 5, 11, 3) },
      { alignCorners: false },
    ),
  Reverse: () => tf.reverse(made(3, 4), 1),
  RotateWithOffset: () => tf.image.rotateWithOffset(image(), 0.3),
  Round: () => tf.round(made(9)),
  Rsqrt: () => tf.rsqrt(positive(9)),
  ScatterNd: () => tf.scatterND(index([4, 3, 1], 3, 1), made(3), [6]),
  SearchSorted: () => tf.searchSorted(given([0, 2, 4, 6], 4), made(5)),
  Select: () => tf.where(truth(3, 4), made(3, 4), small(3, 4)),
  Selu: () => tf.selu(made(9)),
  Sigmoid: () => tf.sigmoid(made(9)),
  Sign: () => tf.sign(made(9)),
  Sin: () => tf.sin(made(9)),
  Sinh: () => tf.sinh(made(9)),
  Slice: () => [tf.slice(made(5, 4), [1, 1], [2, 3]), tf.slice(made(9), 2, 3)],
  Softmax: () => tf.softmax(made(3, 4)),
  Softplus: () => tf.softplus(made(9)),
  SpaceToBatchND: () => tf.spaceToBatchND(made(1, 4, 6), [2], [[0, 0]]),
  SparseFillEmptyRows: () =>
    Object.values(
      tf.sparse.sparseFillEmptyRows(
        index([0, 0, 2, 1], 2, 2),
        given([1, 5], 2),
        index([3, 4], 2),
        tf.scalar(-1),
      ),
    ) as tf.Tensor[],
  SparseReshape: () =>
    Object.values(
      tf.sparse.sparseReshape(index([0, 1, 1, 2], 2, 2), index([2, 6], 2), index([3, -1], 2)),
    ) as tf.Tensor[],
  SparseSegmentMean: () =>
    tf.sparse.sparseSegmentMean(
      made(4, 3) as tf.Tensor2D,
      index([0, 2, 3], 3),
      index([0, 0, 1], 3),
    ),
  SparseSegmentSum: () =>
    tf.sparse.sparseSegmentSum(made(4, 3) as tf.Tensor2D, index([0, 2, 3], 3), index([0, 0, 1], 3)),
  SparseToDense: () => tf.sparseToDense(index([1, 4], 2), made(2), [6], 0),
  SplitV: () => tf.split(made(3, 6), 3, 1),
  Sqrt: () => tf.sqrt(positive(9)),
  Square: () => tf.square(made(9)),
  SquaredDifference: () => tf.squaredDifference(made(3, 4), made(4)),
  Step: () => tf.step(made(9)),
  StridedSlice: () => tf.stridedSlice(made(7, 6), [1, 0], [6, 6], [2, 3]),
  Sub: () => tf.sub(made(3, 4), made(4)),
  Sum: () => tf.sum(made(3, 4), 0),
  Tan: () => tf.tan(small(9)),
  Tanh: () => tf.tanh(made(9)),
  TensorScatterUpdate: () => tf.tensorScatterUpdate(made(6), index([4, 1], 2, 1), made(2)),
  Tile: () => tf.tile(made(3, 4), [2, 3]),
  TopK: () => Object.values(tf.topk(made(3, 7), 3)),
  Transform: () => tf.image.transform(image(), given([1, 0, 1, 0, 1, -1, 0, 0], 1, 8)),
  Transpose: () => tf.transpose(made(3, 4, 5), [2, 0, 1]),
  Unique: () => Object.values(tf.unique(bins())),
  Unpack: () => tf.unstack(made(3, 4), 1),
  UnsortedSegmentSum: () => tf.unsortedSegmentSum(made(4, 3), bins(), 5),
  ZerosLike: () => tf.zerosLike(made(3, 4)),
  _FusedMatMul: () =>
    tf.fused.matMul({ a: made(3, 4), b: made(4, 5), bias: made(5), activation: "relu" }),
};

/** They take or give text, or draw on a canvas: tfjs-core's own tests cover them (`test:core`). */
const others = [
  "Draw",
  "StaticRegexReplace",
  "StringNGrams",
  "StringSplit",
  "StringToHashBucketFast",
];

test("there is one for each", () => {
  const all = tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName);
  expect([...Object.keys(bodies), ...others].sort()).toEqual(all.sort());
});

test.each(Object.entries(bodies))("%s", async (name, body) => {
  const { kernelNames } = await tf.profile(body);
  expect(kernelNames).toContain(name);
  await expectAsOnCpu(() => [body()].flat().flatMap((result) => [result, onward(result)]));
});

/** A kernel of ours reads it. */
function onward(x: tf.Tensor): tf.Tensor {
  if (x.dtype === "bool") return tf.logicalNot(x);
  return tf.add(x, tf.scalar(1, x.dtype as "float32"));
}
