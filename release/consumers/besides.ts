import { alibi, inducedBy } from "@tx/positional";
import { checkPositional, reportToText } from "@tx/positional/conformance";
import { pictureOf } from "@tx/positional/picture";
import { huggingFaceTokenizer } from "@tx/training/tokenizer";

const vocab = { c: 0, a: 1, t: 2, ca: 3, cat: 4 };
const merges = [
  ["c", "a"],
  ["ca", "t"],
];

/** What takes a library besides, which the packages do not bring along. */
export async function besides(): Promise<void> {
  const plain = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  const tokenizer = huggingFaceTokenizer({ ...plain, model: { type: "BPE", vocab, merges } });
  const ids = tokenizer.encode("cata").join();
  if (ids !== "4,1") throw new Error(`expected 4,1, got ${ids}`);
  const induced = await inducedBy(alibi(), { dModel: 8, heads: 2, headDim: 4, length: 4 });
  if (!pictureOf(induced).startsWith("<svg")) throw new Error("expected a picture of alibi");
  const report = await checkPositional(() => alibi());
  if (report.failures.length > 0) {
    throw new Error(`expected no failure, got ${reportToText(report)}`);
  }
}
