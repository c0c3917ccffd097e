const letters = Array.from({ length: 256 }, (_, byte) => {
  const prints = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  return { byte, prints };
});
let others = 0;
const names = letters.map(({ byte, prints }) =>
  String.fromCharCode(prints ? byte : 256 + others++),
);
const byteLevel = {
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: true,
};
/** The contents of a tokenizer.json: byte-level, without merges. */
export const byteLevelFile = {
  ...{ version: "1.0", truncation: null, padding: null, added_tokens: [], normalizer: null },
  ...{ pre_tokenizer: byteLevel, post_processor: null, decoder: byteLevel },
  model: {
    ...{ type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: null },
    ...{ end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, ignore_merges: false },
    vocab: Object.fromEntries(names.map((name, id) => [name, id])),
    merges: [],
  },
};
