import { checkCount, type Rng, ShapeError } from "@tx/core";
import { asInt32, type TokenList } from "./token-list";

export interface MaskTokensOptions {
  /** Number of token ids. */
  readonly vocabSize: number;
  /** The id that stands for a hidden token, [MASK]. */
  readonly maskId: number;
  /** Ids that are never chosen and never put in place of another: [CLS], [SEP], [PAD]. */
  readonly specialIds?: readonly number[];
  readonly rng: Rng;
  /** Chance of each token, or of each word, to be chosen. Default 0.15. */
  readonly probability?: number;
  /** Share of the chosen that becomes maskId. Default 0.8. */
  readonly maskShare?: number;
  /** Share of the chosen that becomes a random token. Default 0.1; the rest stays as it is. */
  readonly randomShare?: number;
  /**
   * The number of each token's word, for whole-word masking: neighbours with one number are chosen
   * together. -1 is no word and is never chosen.
   */
  readonly wordIds?: TokenList;
  /** Tokens of a row, where several rows are given at once: words end there. Default: all. */
  readonly rowLength?: number;
  /** The label of places that are not chosen. Default -100. */
  readonly ignoreIndex?: number;
}

/** Data of a masked language model, as long as the ids it was made of. */
export interface MaskedTokens {
  /** What the model sees. */
  readonly inputs: Int32Array;
  /** The original id of each chosen place; ignoreIndex elsewhere. */
  readonly labels: Int32Array;
}

/**
 * BERT's cloze task: of the tokens chosen, most become maskId, some a random token and some stay, and
 * all are to be predicted. This is data and no attention mask: every token still sees every other,
 * the chosen ones too, and what hides padding is the same before and after.
 *
 * Each place is drawn for itself, so of few tokens none may be chosen.
 *
 * @param ids One row or several, one after the other; they stay as they are.
 * @throws RangeError if an id is not below vocabSize, a chance or a share is not in [0, 1], the shares
 * are more than 1, rows are not whole, or all ids are special; ShapeError if there are not as many
 * word ids as ids.
 * @see Devlin et al. 2019, BERT, §3.1 (task 1) and A.1, https://arxiv.org/abs/1810.04805
 * @see Cui et al. 2021, Pre-Training With Whole Word Masking for Chinese BERT,
 * https://arxiv.org/abs/1906.08101
 */
export function maskTokens(ids: TokenList, options: MaskTokensOptions): MaskedTokens {
  const { rng, maskId, probability = 0.15, maskShare = 0.8, randomShare = 0.1 } = options;
  const tokens = checked(ids, options);
  const special = new Set(options.specialIds).add(maskId);
  const drawOther = randomToken(options.vocabSize, special, randomShare > 0);
  const inputs = tokens.slice();
  const labels = new Int32Array(tokens.length).fill(options.ignoreIndex ?? -100);
  let chosen = false;
  for (const [n, token] of tokens.entries()) {
    if (beginsWord(n, options)) chosen = rng.uniform() < probability;
    if (!chosen || special.has(token) || options.wordIds?.[n] === -1) continue;
    labels[n] = token;
    const fate = rng.uniform();
    if (fate < maskShare) inputs[n] = maskId;
    else if (fate < maskShare + randomShare) inputs[n] = drawOther(rng);
  }
  return { inputs, labels };
}

/** Whether a place is drawn for itself and does not share the fate of the one before. */
function beginsWord(n: number, { wordIds, rowLength }: MaskTokensOptions): boolean {
  if (wordIds === undefined || n === 0 || wordIds[n] !== wordIds[n - 1]) return true;
  return rowLength !== undefined && n % rowLength === 0;
}

/** Draws ids that are not special, all with the same chance. */
function randomToken(vocabSize: number, special: ReadonlySet<number>, needed: boolean) {
  const left = vocabSize - special.size;
  if (needed && left < 1) {
    throw new RangeError(
      `specialIds: expected fewer than vocabSize=${vocabSize} with maskId, got all`,
    );
  }
  const skipped = [...special].sort((a, b) => a - b);
  return (rng: Rng) => {
    let id = rng.integer(left);
    for (const taken of skipped) if (taken <= id) id++;
    return id;
  };
}

function checked(ids: TokenList, options: MaskTokensOptions): Int32Array {
  const { vocabSize, maskId, specialIds = [], wordIds, rowLength } = options;
  const { probability = 0.15, maskShare = 0.8, randomShare = 0.1, ignoreIndex = -100 } = options;
  checkCount("vocabSize", vocabSize);
  for (const [name, share] of Object.entries({ probability, maskShare, randomShare })) {
    if (!(share >= 0 && share <= 1)) {
      throw new RangeError(`${name}: expected a number in [0, 1], got ${share}`);
    }
  }
  // A little more than 1, since 0.8 + 0.2 and the like may round up.
  if (maskShare + randomShare > 1 + 1e-9) {
    const sum = maskShare + randomShare;
    throw new RangeError(`maskShare + randomShare: expected at most 1, got ${sum}`);
  }
  asInt32("ignoreIndex", [ignoreIndex]);
  const tokens = asInt32("ids", ids);
  checkIds("maskId", [maskId], vocabSize);
  checkIds("specialIds", specialIds, vocabSize);
  checkIds("ids", tokens, vocabSize);
  if (rowLength !== undefined) {
    checkCount("rowLength", rowLength);
    if (tokens.length % rowLength !== 0) {
      throw new RangeError(
        `ids: expected whole rows of rowLength=${rowLength}, got ${tokens.length}`,
      );
    }
  }
  if (wordIds !== undefined && wordIds.length !== tokens.length) {
    throw new ShapeError(`wordIds: expected ${tokens.length}, one an id, got ${wordIds.length}`);
  }
  return tokens;
}

function checkIds(name: string, ids: Iterable<number>, vocabSize: number): void {
  for (const id of ids) {
    if (!(Number.isInteger(id) && id >= 0 && id < vocabSize)) {
      throw new RangeError(`${name}: expected whole numbers in [0, ${vocabSize}), got ${id}`);
    }
  }
}
