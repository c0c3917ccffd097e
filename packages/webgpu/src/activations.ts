/** Curves of activations in WGSL, as functions of one number; those of `@tx/ops` by their names. */
export type Activation = "linear" | "relu" | "sigmoid" | "silu" | "gelu" | "gelu-tanh";

interface Curve {
  readonly value: string;
  /** The derivative. */
  readonly slope: string;
}

const curves: Readonly<Record<Activation, Curve>> = {
  linear: { value: "x", slope: "1.0" },
  // NaN is neither above nor below, and stays.
  relu: { value: "select(x, 0.0, x < 0.0)", slope: "select(1.0, 0.0, x <= 0.0)" },
  sigmoid: { value: "sigmoid(x)", slope: "sigmoid(x) * sigmoid(-x)" },
  // sigmoid(−x), not 1 − sigmoid(x), which has no digits left where the gate is nearly open.
  silu: { value: "x * sigmoid(x)", slope: "sigmoid(x) * (1.0 + x * sigmoid(-x))" },
  gelu: {
    value: "x * normalCdf(x)",
    slope: "normalCdf(x) + x * exp(-0.5 * x * x) * 0.3989422804014327",
  },
  "gelu-tanh": {
    value: "x * sigmoid(x * (1.5957691216057308 + 0.07135481627260025 * x * x))",
    slope: "tanhSlope(x)",
  },
};

/** `activation(x)` and `activationSlope(x)`, with what they are made of. */
export function activationCode(name: Activation): string {
  return `${helpers[name] ?? ""}
fn activation(x: f32) -> f32 { return ${curves[name].value}; }
fn activationSlope(x: f32) -> f32 { return ${curves[name].slope}; }`;
}

// e^−|x| never overflows; infinities and their differences are left to no device.
const SIGMOID = `
fn sigmoid(x: f32) -> f32 {
  let power = exp(-abs(x));
  return select(1.0, power, x < 0.0) / (1.0 + power);
}`;

// erf t = 1 − e^(−t − t · p(t)) for t ≥ 0, as in @tx/simd; from 4 on it is 1.
const NORMAL_CDF = `
fn normalCdf(x: f32) -> f32 {
  let t = min(abs(x) * 0.7071067811865476, 4.0);
  var p = fma(-9.256246812583413e-6, t, 0.00011764113151002675);
  p = fma(p, t, -0.0006328364834189415);
  p = fma(p, t, 0.0016670268960297108);
  p = fma(p, t, -0.00016039573529269546);
  p = fma(p, t, -0.019153064116835594);
  p = fma(p, t, 0.10277783125638962);
  p = fma(p, t, 0.6366193890571594);
  p = fma(p, t, 0.12837916612625122);
  // Half of what is left beyond t: the lower tail itself, with all its digits.
  let tail = select(0.5 * exp(-fma(p, t, t)), 0.0, t >= 4.0);
  return select(1.0 - tail, tail, x < 0.0) + 0.0 * x;
}`;

const TANH_SLOPE = `${SIGMOID}
fn tanhSlope(x: f32) -> f32 {
  let e = x * (1.5957691216057308 + 0.07135481627260025 * x * x);
  let gate = sigmoid(e);
  return gate + x * gate * sigmoid(-e) * (1.5957691216057308 + 0.21406444881780074 * x * x);
}`;

const helpers: Partial<Record<Activation, string>> = {
  sigmoid: SIGMOID,
  silu: SIGMOID,
  gelu: NORMAL_CDF,
  "gelu-tanh": TANH_SLOPE,
};
