/** More than ten times as many as the largest vocabularies in use have. */
const MOST_IDS = 2 ** 22;

/**
 * The library makes a list as long as the largest id, so that a file of one line could fill the memory.
 *
 * @param contents A parsed tokenizer.json, of anybody.
 * @throws RangeError if an id in its vocabulary, or of an added token, is not a whole number below 2²².
 */
export function checkIds(contents: object): void {
  const { model, added_tokens: added } = contents as Readonly<Record<string, unknown>>;
  const vocab = of(model, "vocab");
  // A list, as Unigram has it, numbers its tokens by their places.
  if (!Array.isArray(vocab)) {
    for (const [token, id] of Object.entries(vocab ?? {})) {
      checkId(`model.vocab[${JSON.stringify(token)}]`, id);
    }
  }
  if (!Array.isArray(added)) return;
  for (const [n, token] of added.entries()) checkId(`added_tokens[${n}].id`, of(token, "id"));
}

function checkId(name: string, id: unknown): void {
  if (!(Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < MOST_IDS)) {
    throw new RangeError(
      `contents.${name}: expected a whole number from 0 and below ${MOST_IDS}, got ${JSON.stringify(id)}`,
    );
  }
}

const of = (holder: unknown, name: string): unknown =>
  typeof holder === "object" && holder !== null && Object.hasOwn(holder, name)
    ? (holder as Readonly<Record<string, unknown>>)[name]
    : undefined;
