import {
  add,
  concat,
  equal,
  mul,
  range,
  reshape,
  scalar,
  split,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tidy,
  transpose,
} from "@tensorflow/tfjs-core";
import {
  checkCount,
  checkShapes,
  type Initializer,
  Linear,
  Module,
  normal,
  type Rng,
  ShapeError,
} from "@tx/core";
import { floatsOf, matMul } from "@tx/ops";
import { checkTopK, type RouterLosses, type Routing, routeTokens } from "./routing";

/** A feed-forward of any making: [batch, tokens, dModel] to the same shape. */
export type Expert = (x: Tensor3D) => Tensor3D;

export interface ExpertOptions {
  /** How many experts each token goes to. Default 1. */
  topK?: number;
  /**
   * Room of an expert for each sequence, as a multiple of what it gets where all are chosen alike.
   * Infinity drops no token. Default 1.25.
   */
  capacityFactor?: number;
  /** [batch, seq], bool: false for padding, which goes to no expert and counts in no loss. */
  mask?: Tensor2D | undefined;
}

export interface MixtureOutput extends RouterLosses {
  /** [batch, seq, dModel]; zeros for tokens that found no room with any of their experts. */
  readonly output: Tensor3D;
}

/**
 * A sum over the experts that each token is sent to, weighted by the router. An expert has room for
 * {@link expertCapacity} tokens of a sequence and takes them in the order of their positions, so no
 * token depends on later ones. A token that finds no room adds nothing.
 *
 * No numbers are read back: tokens are brought to the experts' places and back by products with
 * matrices of 0 and 1. Where there is room for all, each expert sees every token instead.
 *
 * @param x [batch, seq, dModel]
 * @param logits [batch, seq, experts], the router's.
 * @throws RangeError if topK, the capacity factor or the mask's dtype makes no sense; ShapeError if
 *   logits, mask or an expert's output do not fit.
 * @see Fedus et al. 2021, Switch Transformers, §2.1 and §2.2, https://arxiv.org/abs/2101.03961
 * @see Lepikhin et al. 2020, GShard, §2.2, https://arxiv.org/abs/2006.16668
 */
export function mixtureOfExperts(
  x: Tensor3D,
  logits: Tensor3D,
  experts: readonly Expert[],
  { topK = 1, capacityFactor = 1.25, mask }: ExpertOptions = {},
): MixtureOutput {
  checkCapacityFactor(capacityFactor);
  const { seq } = checkShapes(
    ["x", x, "batch seq dModel"],
    ["logits", logits, `batch seq ${experts.length}`],
  );
  return tidy(() => {
    const { balanceLoss, zLoss, ...routing } = routeTokens(logits, { topK, mask });
    const capacity = expertCapacity(seq, experts.length, { topK, capacityFactor });
    const output =
      capacity < seq
        ? withRoomFor(capacity, x, experts, routing)
        : withRoomForAll(x, experts, routing);
    return { output, balanceLoss, zLoss };
  });
}

/** How many tokens of a sequence an expert takes: topK · seq · factor / experts, up to a whole number. */
export function expertCapacity(
  seq: number,
  experts: number,
  { topK = 1, capacityFactor = 1.25 }: Omit<ExpertOptions, "mask"> = {},
): number {
  // Less a little, so that 3.0000000000000004 stays 3.
  const room = Math.ceil((topK * seq * capacityFactor) / experts - 1e-9);
  return Math.min(seq, Math.max(1, room));
}

type Places = Pick<Routing, "gates" | "places">;

function withRoomFor(
  capacity: number,
  x: Tensor3D,
  experts: readonly Expert[],
  { gates, places }: Places,
): Tensor3D {
  const [batch, seq] = x.shape;
  const count = experts.length;
  const flat = (t: Tensor): Tensor3D => reshape(t, [batch, count * capacity, seq]);
  // 1 where a place of an expert is a token's; a place beyond the capacity is none of them.
  const slots = reshape(range(0, capacity, 1, "float32"), [capacity, 1]);
  const taken = floatsOf(equal(reshape(places, [batch, count, 1, seq]), slots));
  const sent: Tensor3D = matMul(flat(taken), x);
  const parts = split<Tensor3D>(sent, count, 1).map((part, n) => applied(experts[n]!, part));
  const weighted = mul<Tensor4D>(taken, reshape(gates, [batch, count, 1, seq]));
  return matMul(flat(weighted), concat(parts, 1), { transposeA: true });
}

function withRoomForAll(x: Tensor3D, experts: readonly Expert[], { gates }: Places): Tensor3D {
  const columns = split(transpose(gates, [0, 2, 1]), experts.length, 2);
  return experts
    .map((expert, n) => mul<Tensor3D>(applied(expert, x), columns[n]!))
    .reduce((sum, part) => add(sum, part));
}

function applied(expert: Expert, x: Tensor3D): Tensor3D {
  const y = expert(x);
  if (y.shape.join() !== x.shape.join()) {
    const [wanted, got] = [x.shape.join(", "), y.shape.join(", ")];
    throw new ShapeError(`expert: expected an output of [${wanted}], got [${got}]`);
  }
  return y;
}

function checkCapacityFactor(factor: number): void {
  if (!(factor > 0)) {
    throw new RangeError(`capacityFactor: expected a positive number, got ${factor}`);
  }
}

/** A part that can be an expert, such as FeedForward and GatedFeedForward. */
export type ExpertModule = Module & { forward(x: Tensor3D): Tensor3D };

export interface MixtureOfExpertsOptions extends Omit<ExpertOptions, "mask"> {
  /** Width of the residual stream. */
  dModel: number;
  /** How many experts there are. */
  experts: number;
  /** Makes each expert, from 0 on. */
  expert: (index: number) => ExpertModule;
  /** First values of the router's kernel. Default: Gaussian of standard deviation 0.02. */
  routerInit?: Initializer;
  /** Source of the router's first weights. */
  rng: Rng;
}

/**
 * {@link mixtureOfExperts} with a learned router. One expert alone has no router: it is a
 * feed-forward that takes every token.
 *
 * @see Fedus et al. 2021, Switch Transformers, §2.1 and §2.2, https://arxiv.org/abs/2101.03961
 */
export class MixtureOfExperts extends Module {
  /** [dModel, experts], without a bias; none for one expert. */
  readonly router: Linear | undefined;
  readonly experts: readonly ExpertModule[];
  readonly topK: number;
  readonly capacityFactor: number;

  /** @throws RangeError if a number makes no sense; what `expert` throws. */
  constructor({
    dModel,
    experts,
    expert,
    topK = 1,
    capacityFactor = 1.25,
    rng,
    routerInit = normal(0.02, rng),
  }: MixtureOfExpertsOptions) {
    super();
    checkCount("dModel", dModel);
    checkCount("experts", experts);
    checkTopK(topK, experts);
    checkCapacityFactor(capacityFactor);
    this.topK = topK;
    this.capacityFactor = capacityFactor;
    const made: ExpertModule[] = [];
    this.router =
      experts > 1 ? new Linear(dModel, experts, { init: routerInit, bias: false }) : undefined;
    this.experts = made;
    try {
      for (let index = 0; index < experts; index++) made.push(expert(index));
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * @param x [batch, seq, dModel]
   * @param options Which tokens count.
   * @param options.mask [batch, seq], bool: false for padding, which goes to no expert and counts in
   *   no loss. Means nothing to one expert alone.
   * @returns The output [batch, seq, dModel], zeros for tokens without an expert, and the losses to
   *   add to the model's, each times a small number (0.01 for balanceLoss, 0.001 for zLoss in the
   *   papers) or not at all.
   * @throws ShapeError if x or the mask does not fit; RangeError if the mask is not bool.
   */
  forward(x: Tensor3D, { mask }: Pick<ExpertOptions, "mask"> = {}): MixtureOutput {
    const [only] = this.experts;
    const { router, topK, capacityFactor } = this;
    if (!router) return { output: only!.forward(x), balanceLoss: scalar(1), zLoss: scalar(0) };
    const experts = this.experts.map((expert) => (part: Tensor3D) => expert.forward(part));
    return tidy(() => {
      const logits = router.forward(x);
      return { ...mixtureOfExperts(x, logits, experts, { topK, capacityFactor, mask }) };
    });
  }
}
