export {
  type HuggingFaceTokenizer,
  type HuggingFaceTokenizerOptions,
  huggingFaceTokenizer,
} from "./hugging-face-tokenizer";
export type { Tokenizer } from "./tokenizer";
