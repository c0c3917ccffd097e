import {
  clone,
  getBackend,
  getKernel,
  grads,
  type KernelConfig,
  type KernelFunc,
  keep,
  type NamedTensorMap,
  ones,
  registerKernel,
  reshape,
  scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tile,
  unregisterKernel,
  util,
  zeros,
} from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { afterEach, describe, expect, test } from "vitest";
import {
  activatedLinear,
  adamWUpdate,
  attention,
  attentionWeights,
  cachedAttention,
  clipCoefficient,
  dropout,
  embeddingLookup,
  feedForward,
  gated,
  gelu,
  globalNorm,
  layerNorm,
  linear,
  linears,
  matMul,
  rmsNorm,
  rotary,
  silu,
  softmaxCrossEntropy,
  writeRows,
} from ".";

/** What a kernel was run with: the shapes of its tensors by name, and its attributes. */
interface Call {
  kernel: string;
  inputs: Record<string, number[]>;
  attributes: object;
}

const calls: Call[] = [];
/** What was there before, by the pretended kernel's name: an engine's own, or none. */
const replaced = new Map<string, KernelConfig | undefined>();

/** Gives the active backend a kernel that notes its call and answers with the shapes given. */
function pretend(
  kernel: string,
  answer: (inputs: NamedTensorMap, attributes: Record<string, unknown>) => Tensor | Tensor[],
): void {
  const kernelFunc: KernelFunc = ({ inputs, attrs }) => {
    const shapes = Object.entries(inputs).map(([name, given]) => [name, [...given!.shape]]);
    calls.push({ kernel, inputs: Object.fromEntries(shapes), attributes: { ...attrs } });
    return answer(inputs as NamedTensorMap, { ...attrs });
  };
  const own = getKernel(kernel, getBackend());
  if (own) unregisterKernel(kernel, getBackend());
  registerKernel({ kernelName: kernel, backendName: getBackend(), kernelFunc });
  replaced.set(kernel, own);
}

afterEach(() => {
  for (const [kernel, own] of replaced) {
    unregisterKernel(kernel, getBackend());
    if (own) registerKernel(own);
  }
  replaced.clear();
  calls.length = 0;
});

/** Entries 100 n, 100 n + 1, …: to be known again wherever they turn up. */
const markedValues = (n: number, shape: number[]) =>
  Array.from({ length: util.sizeFromShape(shape) }, (_, i) => 100 * n + i);
const marked = (n: number, shape: number[]) => tensor(markedValues(n, shape), shape);

async function expectMarked(x: Tensor, n: number, shape: number[]): Promise<void> {
  expect(x.shape).toEqual(shape);
  await expectClose(x, markedValues(n, shape));
}

/** Runs f and its gradient on marked inputs, checks the calls, and that no tensor is left. */
async function expectCalls(
  f: (...inputs: Tensor[]) => Tensor,
  shapes: number[][],
  outputShape: number[],
  wanted: Call[],
): Promise<void> {
  const inputs = shapes.map((shape) => zeros(shape));
  const dy = zeros(outputShape);
  await expectNoLeak(async () => {
    const gradients = grads(f)(inputs, dy);
    for (const [n, gradient] of gradients.entries()) {
      await expectMarked(gradient, n + 1, shapes[n]!);
      gradient.dispose();
    }
  });
  expect(calls).toEqual(wanted);
  calls.length = 0;
  await expectNoLeak(async () => {
    const output = f(...inputs);
    await expectMarked(output, 0, outputShape);
    output.dispose();
  });
  expect(calls).toEqual(wanted.slice(0, 1));
}

describe("linear", () => {
  const shapes = [[2, 3, 5], [5, 7], [7]];
  const plain = { activation: "linear", withSums: false };

  test("with an activation the gradient asks for the sums, the value alone does not", async () => {
    pretend("TxLinear", (_, { withSums }) =>
      withSums ? [marked(0, [2, 3, 7]), marked(9, [2, 3, 7])] : marked(0, [2, 3, 7]),
    );
    pretend("TxLinearGrad", () => [marked(1, [2, 3, 5]), marked(2, [5, 7])]);
    const [x, k, residual, dy] = [
      zeros([2, 3, 5]),
      zeros([5, 7]),
      zeros([2, 3, 7]),
      ones([2, 3, 7]),
    ];
    const f = (x: Tensor, k: Tensor, residual: Tensor) =>
      activatedLinear(x, k as Tensor2D, undefined, "gelu", { residual });
    const inputs = { x: [2, 3, 5], kernel: [5, 7], residual: [2, 3, 7] };
    const gradients = grads(f)([x, k, residual], dy);
    await expectMarked(gradients[0]!, 1, [2, 3, 5]);
    await expectMarked(gradients[1]!, 2, [5, 7]);
    await expectClose(gradients[2]!, dy);
    f(x, k, residual);
    expect(calls).toEqual([
      { kernel: "TxLinear", inputs, attributes: { activation: "gelu", withSums: true } },
      {
        kernel: "TxLinearGrad",
        inputs: { x: [2, 3, 5], kernel: [5, 7], dy: [2, 3, 7], sums: [2, 3, 7] },
        attributes: { hasBias: false, activation: "gelu" },
      },
      { kernel: "TxLinear", inputs, attributes: { activation: "gelu", withSums: false } },
    ]);
  });

  test("TxLinear and TxLinearGrad, x of any rank", async () => {
    pretend("TxLinear", () => marked(0, [2, 3, 7]));
    pretend("TxLinearGrad", () => [marked(1, [2, 3, 5]), marked(2, [5, 7]), marked(3, [7])]);
    const f = (x: Tensor, k: Tensor, b: Tensor) => linear(x, k as Tensor2D, b as Tensor1D);
    await expectCalls(
      f,
      shapes,
      [2, 3, 7],
      [
        {
          kernel: "TxLinear",
          inputs: { x: [2, 3, 5], kernel: [5, 7], bias: [7] },
          attributes: plain,
        },
        {
          kernel: "TxLinearGrad",
          inputs: { x: [2, 3, 5], kernel: [5, 7], dy: [2, 3, 7] },
          attributes: { hasBias: true, activation: "linear" },
        },
      ],
    );
  });

  test("TxLinears, where no gradient is taken", async () => {
    pretend("TxLinears", () => [marked(1, [3, 7]), marked(2, [3, 4])]);
    const [kernel, other] = [zeros([5, 7]), zeros([5, 4])] as Tensor2D[];
    const maps = [{ kernel: kernel!, bias: zeros([7]) as Tensor1D }, { kernel: other! }];
    const [first, second] = linears(zeros([3, 5]), maps);
    await expectMarked(first!, 1, [3, 7]);
    await expectMarked(second!, 2, [3, 4]);
    const inputs = { x: [3, 5], kernel0: [5, 7], bias0: [7], kernel1: [5, 4] };
    expect(calls).toEqual([{ kernel: "TxLinears", inputs, attributes: { count: 2 } }]);
  });

  test("without a bias the gradient has two parts", async () => {
    pretend("TxLinear", () => marked(0, [2, 3, 7]));
    pretend("TxLinearGrad", () => [marked(1, [2, 3, 5]), marked(2, [5, 7])]);
    await expectCalls(
      (x, k) => linear(x, k as Tensor2D),
      shapes.slice(0, 2),
      [2, 3, 7],
      [
        { kernel: "TxLinear", inputs: { x: [2, 3, 5], kernel: [5, 7] }, attributes: plain },
        {
          kernel: "TxLinearGrad",
          inputs: { x: [2, 3, 5], kernel: [5, 7], dy: [2, 3, 7] },
          attributes: { hasBias: false, activation: "linear" },
        },
      ],
    );
  });
});

test("TxFeedForward, where no gradient is taken", async () => {
  pretend("TxFeedForward", () => marked(1, [3, 4]));
  const expand = { kernel: zeros([5, 7]) as Tensor2D, bias: zeros([7]) as Tensor1D };
  const contract = { kernel: zeros([7, 4]) as Tensor2D };
  await expectMarked(feedForward(zeros([3, 5]), expand, contract), 1, [3, 4]);
  const inputs = { x: [3, 5], expandKernel: [5, 7], expandBias: [7], contractKernel: [7, 4] };
  expect(calls).toEqual([
    { kernel: "TxFeedForward", inputs, attributes: { activation: "linear" } },
  ]);
});

test("TxCachedAttention, with places in the mask", async () => {
  pretend("TxCachedAttention", () => marked(1, [2, 1, 5]));
  const map = (inputs: number, outputs: number) => ({
    kernel: zeros([inputs, outputs]) as Tensor2D,
  });
  const output = { ...map(21, 5), bias: zeros([5]) as Tensor1D };
  const made = cachedAttention(zeros([2, 1, 5]), {
    ...{ query: map(5, 12), key: map(5, 4), value: map(5, 7), output, heads: 3, held: 2 },
    ...{ keys: zeros([2, 6, 1, 4]), values: zeros([2, 6, 1, 7]), scale: 0.5 },
    mask: { causal: true, window: { before: 3 }, prefix: 1 },
    residual: zeros([2, 1, 5]),
  });
  await expectMarked(made!, 1, [2, 1, 5]);
  const kernels = {
    ...{ queryKernel: [5, 12], keyKernel: [5, 4], valueKernel: [5, 7], outputKernel: [21, 5] },
    outputBias: [5],
  };
  const buffers = { keys: [2, 6, 1, 4], values: [2, 6, 1, 7] };
  expect(calls).toEqual([
    {
      kernel: "TxCachedAttention",
      inputs: { x: [2, 1, 5], ...kernels, ...buffers, residual: [2, 1, 5] },
      attributes: { heads: 3, held: 2, scale: 0.5, causal: true, windowBefore: 3, prefix: 1 },
    },
  ]);
});

describe("attention", () => {
  const [q, k, v] = [
    [2, 6, 3, 4],
    [2, 2, 5, 4],
    [2, 2, 5, 7],
  ];
  const answers = (bias?: number[]) => {
    pretend("TxAttention", () => [marked(0, [2, 6, 3, 7]), marked(8, [2, 2, 6, 3])]);
    pretend("TxAttentionGrad", () => {
      const shapes = [q!, k!, v!, ...(bias ? [bias] : [])];
      return shapes.map((shape, n) => marked(n + 1, shape));
    });
  };

  test("TxAttention and TxAttentionGrad, with all there is", async () => {
    answers([6, 1, 5]);
    const mask = {
      causal: true,
      keys: zeros([2, 5], "bool") as Tensor2D,
      dense: zeros([3, 5], "bool"),
    };
    const options = { mask, scale: 0.5, dropout: { rate: 0.25, seed: 7 } };
    const inputs = {
      query: q!,
      key: k!,
      value: v!,
      bias: [6, 1, 5],
      maskKeys: [2, 5],
      maskDense: [3, 5],
    };
    const attributes = {
      layout: "bhsd",
      scale: 0.5,
      causal: true,
      dropoutRate: 0.25,
      dropoutSeed: 7,
    };
    await expectCalls(
      (q, k, v, bias) =>
        attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { ...options, bias }),
      [q!, k!, v!, [6, 1, 5]],
      [2, 6, 3, 7],
      [
        { kernel: "TxAttention", inputs, attributes },
        {
          kernel: "TxAttentionGrad",
          inputs: { ...inputs, output: [2, 6, 3, 7], logSumExp: [2, 2, 6, 3], dy: [2, 6, 3, 7] },
          attributes,
        },
      ],
    );
  });

  test("the gradient gets back what the forward kernel made", async () => {
    const seen: Record<string, Tensor> = {};
    pretend("TxAttention", () => [marked(5, [2, 6, 3, 7]), marked(8, [2, 2, 6, 3])]);
    pretend("TxAttentionGrad", (inputs) => {
      for (const [name, given] of Object.entries(inputs)) seen[name] = keep(clone(given));
      return [q!, k!, v!].map((shape) => zeros(shape));
    });
    const f = (q: Tensor, k: Tensor, v: Tensor) =>
      attention(q as Tensor4D, k as Tensor4D, v as Tensor4D);
    grads(f)([marked(1, q!), zeros(k!), zeros(v!)], marked(3, [2, 6, 3, 7]));
    await expectMarked(seen.query!, 1, q!);
    await expectMarked(seen.dy!, 3, [2, 6, 3, 7]);
    await expectMarked(seen.output!, 5, [2, 6, 3, 7]);
    await expectMarked(seen.logSumExp!, 8, [2, 2, 6, 3]);
  });

  test("alone: no mask, no bias, no dropout, the usual scale", async () => {
    answers();
    const inputs = { query: q!, key: k!, value: v! };
    const attributes = {
      layout: "bhsd",
      scale: 0.5,
      causal: false,
      dropoutRate: 0,
      dropoutSeed: 0,
    };
    await expectCalls(
      (q, k, v) => attention(q as Tensor4D, k as Tensor4D, v as Tensor4D),
      [q!, k!, v!],
      [2, 6, 3, 7],
      [
        { kernel: "TxAttention", inputs, attributes },
        {
          kernel: "TxAttentionGrad",
          inputs: { ...inputs, output: [2, 6, 3, 7], logSumExp: [2, 2, 6, 3], dy: [2, 6, 3, 7] },
          attributes,
        },
      ],
    );
  });

  test("TxAttention and TxAttentionGrad, with heads side by side", async () => {
    const shapes = [
      [2, 3, 6, 4],
      [2, 5, 2, 4],
      [2, 5, 2, 7],
    ];
    const output = [2, 3, 6, 7];
    pretend("TxAttention", () => [marked(0, output), marked(8, [2, 2, 6, 3])]);
    pretend("TxAttentionGrad", () => shapes.map((shape, n) => marked(n + 1, shape)));
    const inputs = { query: shapes[0]!, key: shapes[1]!, value: shapes[2]! };
    const attributes = {
      layout: "bshd",
      scale: 0.5,
      causal: false,
      dropoutRate: 0,
      dropoutSeed: 0,
    };
    await expectCalls(
      (q, k, v) => attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { layout: "bshd" }),
      shapes,
      output,
      [
        { kernel: "TxAttention", inputs, attributes },
        {
          kernel: "TxAttentionGrad",
          inputs: { ...inputs, output, logSumExp: [2, 2, 6, 3], dy: output },
          attributes,
        },
      ],
    );
  });

  test("TxAttention of some keys; where a gradient is taken, of keys that have been cut", () => {
    pretend("TxAttention", () => [marked(0, [2, 6, 3, 7]), marked(8, [2, 2, 6, 3])]);
    pretend("TxAttentionGrad", () => [zeros(q!), zeros([2, 2, 3, 4]), zeros([2, 2, 3, 7])]);
    const mask = { keys: zeros([2, 3], "bool") as Tensor2D };
    const run = (...xs: Tensor[]) =>
      attention(...(xs as [Tensor4D, Tensor4D, Tensor4D]), { keyCount: 3, mask });
    const given = [zeros(q!), zeros(k!), zeros(v!)];
    run(...given);
    const whole = { query: q!, key: k!, value: v!, maskKeys: [2, 3] };
    const attributes = {
      layout: "bhsd",
      scale: 0.5,
      causal: false,
      dropoutRate: 0,
      dropoutSeed: 0,
    };
    expect(calls).toEqual([
      { kernel: "TxAttention", inputs: whole, attributes: { ...attributes, keyCount: 3 } },
    ]);
    calls.length = 0;
    const gradients = grads(run)(given, zeros([2, 6, 3, 7]));
    expect(gradients.map(({ shape }) => shape)).toEqual([q, k, v]);
    const cut = { ...whole, key: [2, 2, 3, 4], value: [2, 2, 3, 7] };
    expect(calls).toEqual([
      { kernel: "TxAttention", inputs: cut, attributes },
      {
        kernel: "TxAttentionGrad",
        inputs: { ...cut, output: [2, 6, 3, 7], logSumExp: [2, 2, 6, 3], dy: [2, 6, 3, 7] },
        attributes,
      },
    ]);
  });

  test("attentionWeights, which wants the score matrix, runs no kernel", () => {
    answers();
    attentionWeights(zeros([2, 6, 3, 4]), zeros([2, 2, 5, 4]));
    expect(calls).toEqual([]);
  });
});

describe("layerNorm", () => {
  test("TxLayerNorm and TxLayerNormGrad", async () => {
    pretend("TxLayerNorm", () => marked(0, [3, 5]));
    pretend("TxLayerNormGrad", () => [marked(1, [3, 5]), marked(2, [5]), marked(3, [5])]);
    await expectCalls(
      (x, gain, bias) => layerNorm(x, gain as Tensor1D, bias as Tensor1D, 0.125),
      [[3, 5], [5], [5]],
      [3, 5],
      [
        {
          kernel: "TxLayerNorm",
          inputs: { x: [3, 5], gain: [5], bias: [5] },
          attributes: { eps: 0.125 },
        },
        {
          kernel: "TxLayerNormGrad",
          inputs: { x: [3, 5], gain: [5], dy: [3, 5] },
          attributes: { eps: 0.125, hasBias: true },
        },
      ],
    );
  });

  test("without gain and bias", async () => {
    pretend("TxLayerNorm", () => marked(0, [3, 5]));
    pretend("TxLayerNormGrad", () => [marked(1, [3, 5])]);
    await expectCalls(
      (x) => layerNorm(x),
      [[3, 5]],
      [3, 5],
      [
        { kernel: "TxLayerNorm", inputs: { x: [3, 5] }, attributes: { eps: 1e-5 } },
        {
          kernel: "TxLayerNormGrad",
          inputs: { x: [3, 5], dy: [3, 5] },
          attributes: { eps: 1e-5, hasBias: false },
        },
      ],
    );
  });
});

test("gelu: TxGelu and TxGeluGrad", async () => {
  pretend("TxGelu", () => marked(0, [3, 5]));
  pretend("TxGeluGrad", () => marked(1, [3, 5]));
  await expectCalls(
    (x) => gelu(x, "tanh"),
    [[3, 5]],
    [3, 5],
    [
      { kernel: "TxGelu", inputs: { x: [3, 5] }, attributes: { form: "tanh" } },
      { kernel: "TxGeluGrad", inputs: { x: [3, 5], dy: [3, 5] }, attributes: { form: "tanh" } },
    ],
  );
});

test("matMul: TxMatMul, also for both gradients", async () => {
  const products = [
    [4, 2, 5],
    [4, 2, 3],
    [4, 3, 5],
  ];
  let next = 0;
  pretend("TxMatMul", () => marked(next, products[next++]!));
  const [a, b] = [zeros([4, 2, 3]), zeros([4, 3, 5])];
  const gradients = grads((a, b) => matMul(a, b))([a, b], zeros([4, 2, 5]));
  await expectMarked(gradients[0]!, 1, [4, 2, 3]);
  await expectMarked(gradients[1]!, 2, [4, 3, 5]);
  const call = (a: number[], b: number[], transposeA: boolean, transposeB: boolean) => ({
    kernel: "TxMatMul",
    inputs: { a, b },
    attributes: { transposeA, transposeB },
  });
  expect(calls).toEqual([
    call([4, 2, 3], [4, 3, 5], false, false),
    call([4, 2, 5], [4, 3, 5], false, true),
    call([4, 2, 3], [4, 2, 5], true, false),
  ]);
});

test("embeddingLookup: TxEmbeddingLookup and TxEmbeddingLookupGrad", async () => {
  pretend("TxEmbeddingLookup", () => marked(0, [2, 4, 3]));
  pretend("TxEmbeddingLookupGrad", () => marked(1, [5, 3]));
  const ids = zeros([2, 4], "int32");
  await expectCalls(
    (table) => embeddingLookup(table as Tensor2D, ids),
    [[5, 3]],
    [2, 4, 3],
    [
      { kernel: "TxEmbeddingLookup", inputs: { table: [5, 3], ids: [2, 4] }, attributes: {} },
      {
        kernel: "TxEmbeddingLookupGrad",
        inputs: { ids: [2, 4], dy: [2, 4, 3] },
        attributes: { rows: 5 },
      },
    ],
  );
});

test("softmaxCrossEntropy: TxSoftmaxCrossEntropy and TxSoftmaxCrossEntropyGrad", async () => {
  pretend("TxSoftmaxCrossEntropy", () => marked(0, [2, 3]));
  pretend("TxSoftmaxCrossEntropyGrad", () => marked(1, [2, 3, 5]));
  const targets = zeros([2, 3], "int32");
  const options = { ignoreIndex: 2, labelSmoothing: 0.25, reduction: "none" } as const;
  const inputs = { logits: [2, 3, 5], targets: [2, 3] };
  await expectCalls(
    (x) => softmaxCrossEntropy(x, targets, options),
    [[2, 3, 5]],
    [2, 3],
    [
      { kernel: "TxSoftmaxCrossEntropy", inputs, attributes: options },
      {
        kernel: "TxSoftmaxCrossEntropyGrad",
        inputs: { ...inputs, dy: [2, 3] },
        attributes: options,
      },
    ],
  );
});

test("softmaxCrossEntropy: the kernels reduce, so that dy is the loss's", async () => {
  pretend("TxSoftmaxCrossEntropy", () => marked(0, []));
  pretend("TxSoftmaxCrossEntropyGrad", () => marked(1, [4, 5]));
  const targets = tensor([1, -100, 2, 3], [4], "int32");
  const attributes = { ignoreIndex: -100, labelSmoothing: 0, reduction: "mean" };
  const inputs = { logits: [4, 5], targets: [4] };
  await expectCalls(
    (x) => softmaxCrossEntropy(x, targets),
    [[4, 5]],
    [],
    [
      { kernel: "TxSoftmaxCrossEntropy", inputs, attributes },
      { kernel: "TxSoftmaxCrossEntropyGrad", inputs: { ...inputs, dy: [] }, attributes },
    ],
  );
});

test("softmaxCrossEntropy: TxNoClassAsNaN is added to the loss and to dy", async () => {
  pretend("TxNoClassAsNaN", () => scalar(100));
  pretend("TxSoftmaxCrossEntropy", () => scalar(3));
  pretend("TxSoftmaxCrossEntropyGrad", ({ dy }) => tile(reshape(dy!, [1, 1]), [4, 5]));
  const targets = tensor([1, -100, 2, 3], [4], "int32");
  const logits = zeros([4, 5]);
  await expectClose(softmaxCrossEntropy(logits, targets), [103]);
  const [gradient] = grads((x) => softmaxCrossEntropy(x, targets))([logits], scalar(7));
  await expectClose(gradient!, Array(20).fill(107));
  expect(calls[0]).toEqual({
    kernel: "TxNoClassAsNaN",
    inputs: { targets: [4] },
    attributes: { classes: 5, ignoreIndex: -100, reduction: "mean" },
  });
});

describe("a kernel that answers with an empty list leaves the call to the reference", () => {
  test("by itself and where a gradient is taken", async () => {
    for (const kernel of ["TxSilu", "TxSiluGrad"]) pretend(kernel, () => []);
    await expectNoLeak(async () => {
      const [x, dy] = [tensor([0, 1]), ones([2])];
      const outputs = [silu(x), ...grads((x) => silu(x))([x], dy)];
      await expectClose(outputs[0]!, [0, 1 / (1 + Math.exp(-1))]);
      await expectClose(outputs[1]!, [0.5, 0.9276705]);
      for (const tensor of [x, dy, ...outputs]) tensor.dispose();
    });
    const asked = ["TxSilu", "TxSilu", "TxSiluGrad"];
    expect(calls.map(({ kernel }) => kernel)).toEqual(asked);
  });

  test("attention", async () => {
    pretend("TxAttention", () => []);
    pretend("TxAttentionGrad", () => []);
    const [q, k, v] = [[0], [0, 0], [2, 6]].map((numbers) =>
      tensor(numbers, [1, 1, numbers.length, 1]),
    ) as [Tensor4D, Tensor4D, Tensor4D];
    await expectNoLeak(async () => {
      const f = (v: Tensor) => attention(q, k, v as Tensor4D);
      const dy = ones([1, 1, 1, 1]);
      const outputs = [f(v), ...grads(f)([v], dy)];
      await expectClose(outputs[0]!, [4]);
      await expectClose(outputs[1]!, [0.5, 0.5]);
      for (const tensor of [dy, ...outputs]) tensor.dispose();
    });
    expect(calls.map(({ kernel }) => kernel)).toEqual(Array(3).fill("TxAttention"));
  });
});

test("dropout: TxDropout, also for the gradient", async () => {
  let next = 0;
  pretend("TxDropout", () => marked(next++ % 2, [3, 5]));
  const attributes = { rate: 0.25, seed: 7 };
  const call = { kernel: "TxDropout", inputs: { x: [3, 5] }, attributes };
  await expectCalls((x) => dropout(x, { rate: 0.25, seed: 7 }), [[3, 5]], [3, 5], [call, call]);
});

test("adamWUpdate: TxAdamW, with its corrections worked out", async () => {
  pretend("TxAdamW", () => [1, 2, 3].map((n) => marked(n, [3, 5])));
  const names = ["parameter", "gradient", "firstMoment", "secondMoment"] as const;
  const tensors = Object.fromEntries(names.map((name) => [name, zeros([3, 5])]));
  const inputs = tensors as Record<(typeof names)[number], Tensor>;
  const betas = { beta1: 0.5, beta2: 0.75 };
  const options = { rate: 0.5, step: 2, ...betas, eps: 0.125, weightDecay: 0.25, overwrite: true };
  const gradientScale = scalar(1);
  await expectNoLeak(async () => {
    const updated = adamWUpdate({ ...inputs, gradientScale }, options);
    await expectMarked(updated.parameter, 1, [3, 5]);
    await expectMarked(updated.firstMoment, 2, [3, 5]);
    await expectMarked(updated.secondMoment, 3, [3, 5]);
    for (const tensor of Object.values(updated)) tensor.dispose();
  });
  adamWUpdate(inputs, { rate: 0.5, step: 1 });
  const shapes = Object.fromEntries(names.map((name) => [name, [3, 5]]));
  expect(calls).toEqual([
    {
      kernel: "TxAdamW",
      inputs: { ...shapes, gradientScale: [] },
      attributes: {
        beta1: 0.5,
        beta2: 0.75,
        eps: 0.125,
        stepSize: 0.5 / (1 - 0.5 ** 2),
        secondCorrection: 1 / Math.sqrt(1 - 0.75 ** 2),
        keep: 1 - 0.5 * 0.25,
        overwrite: true,
      },
    },
    {
      kernel: "TxAdamW",
      inputs: shapes,
      attributes: {
        beta1: 0.9,
        beta2: 0.999,
        eps: 1e-8,
        stepSize: 0.5 / (1 - 0.9),
        secondCorrection: 1 / Math.sqrt(1 - 0.999),
        keep: 1,
        overwrite: false,
      },
    },
  ]);
});

test("globalNorm: TxGlobalNorm of every tensor, and clipCoefficient: TxClipCoefficient", async () => {
  pretend("TxGlobalNorm", () => marked(3, []));
  pretend("TxClipCoefficient", () => marked(5, []));
  const tensors = [zeros([2, 3]), zeros([]), zeros([0])];
  await expectNoLeak(async () => {
    const norm = globalNorm(tensors);
    await expectMarked(norm, 3, []);
    const coefficient = clipCoefficient(norm, 1.5);
    await expectMarked(coefficient, 5, []);
    coefficient.dispose();
    norm.dispose();
  });
  expect(calls).toEqual([
    { kernel: "TxGlobalNorm", inputs: { t0: [2, 3], t1: [], t2: [0] }, attributes: {} },
    { kernel: "TxClipCoefficient", inputs: { norm: [] }, attributes: { maxNorm: 1.5 } },
  ]);
});

test("rmsNorm: TxRmsNorm and TxRmsNormGrad", async () => {
  pretend("TxRmsNorm", () => marked(0, [3, 5]));
  pretend("TxRmsNormGrad", () => [marked(1, [3, 5]), marked(2, [5])]);
  const attributes = { eps: 0.125 };
  await expectCalls(
    (x, gain) => rmsNorm(x, gain as Tensor1D, 0.125),
    [[3, 5], [5]],
    [3, 5],
    [
      { kernel: "TxRmsNorm", inputs: { x: [3, 5], gain: [5] }, attributes },
      { kernel: "TxRmsNormGrad", inputs: { x: [3, 5], gain: [5], dy: [3, 5] }, attributes },
    ],
  );
});

test("rmsNorm without a gain", async () => {
  pretend("TxRmsNorm", () => marked(0, [3, 5]));
  pretend("TxRmsNormGrad", () => [marked(1, [3, 5])]);
  await expectCalls(
    (x) => rmsNorm(x),
    [[3, 5]],
    [3, 5],
    [
      { kernel: "TxRmsNorm", inputs: { x: [3, 5] }, attributes: { eps: 1e-6 } },
      { kernel: "TxRmsNormGrad", inputs: { x: [3, 5], dy: [3, 5] }, attributes: { eps: 1e-6 } },
    ],
  );
});

test("silu: TxSilu and TxSiluGrad", async () => {
  pretend("TxSilu", () => marked(0, [3, 5]));
  pretend("TxSiluGrad", () => marked(1, [3, 5]));
  await expectCalls(
    (x) => silu(x),
    [[3, 5]],
    [3, 5],
    [
      { kernel: "TxSilu", inputs: { x: [3, 5] }, attributes: {} },
      { kernel: "TxSiluGrad", inputs: { x: [3, 5], dy: [3, 5] }, attributes: {} },
    ],
  );
});

test("gated: TxGated and TxGatedGrad", async () => {
  pretend("TxGated", () => marked(0, [3, 5]));
  pretend("TxGatedGrad", () => [marked(1, [3, 5]), marked(2, [3, 5])]);
  const inputs = { gate: [3, 5], up: [3, 5] };
  const attributes = { activation: "silu" };
  await expectCalls(
    (gate, up) => gated(gate, up, "silu"),
    [
      [3, 5],
      [3, 5],
    ],
    [3, 5],
    [
      { kernel: "TxGated", inputs, attributes },
      { kernel: "TxGatedGrad", inputs: { ...inputs, dy: [3, 5] }, attributes },
    ],
  );
});

test("rotary: TxRotary, and back for the gradient", async () => {
  let next = 0;
  pretend("TxRotary", () => marked(next++, [2, 3, 5, 6]));
  const table: Tensor2D = zeros([5, 2]);
  const inputs = { x: [2, 3, 5, 6], cos: [5, 2], sin: [5, 2] };
  const call = (inverse: boolean) => ({
    kernel: "TxRotary",
    inputs,
    attributes: { pairing: "interleaved", inverse },
  });
  const x: Tensor4D = zeros([2, 3, 5, 6]);
  const [dx] = grads((x) => rotary(x as Tensor4D, table, table, "interleaved"))([x], x);
  await expectMarked(dx!, 1, [2, 3, 5, 6]);
  expect(calls).toEqual([call(false), call(true)]);
});

test("writeRows: TxWriteRows, which says how the rows lie and whether it may overwrite", async () => {
  pretend("TxWriteRows", () => marked(3, [2, 5, 3, 7]));
  const [buffer, rows]: Tensor4D[] = [zeros([2, 5, 3, 7]), zeros([2, 1, 3, 7])];
  const result = writeRows(buffer!, rows!, { start: 4, overwrite: true, layout: "bshd" });
  await expectMarked(result, 3, [2, 5, 3, 7]);
  writeRows(buffer!, zeros([2, 5, 1, 7]), { start: 0 });
  const call = (rows: number[], attributes: object) => ({
    kernel: "TxWriteRows",
    inputs: { buffer: [2, 5, 3, 7], rows },
    attributes,
  });
  expect(calls).toEqual([
    call([2, 1, 3, 7], { layout: "bshd", start: 4, overwrite: true }),
    call([2, 5, 1, 7], { layout: "bhsd", start: 0, overwrite: false }),
  ]);
});
