/** A page of the site: a Markdown file of the repository, where it goes, and under which heading. */
export interface Page {
  /** From the repository's root. */
  readonly source: string;
  /** From the site's root, without ".md". */
  readonly target: string;
  /** In the menu. */
  readonly title: string;
  readonly group:
    | "Start"
    | "Concepts"
    | "Recipes"
    | "Packages"
    | "Programs"
    | "Measured"
    | "Why so";
}

const page = (group: Page["group"], title: string, source: string, target: string): Page => ({
  ...{ group, title, source, target },
});
const packagePage = (name: string): Page =>
  page("Packages", `@tx/${name}`, `packages/${name}/README.md`, `packages/${name}`);
const decision = (file: string, title: string): Page =>
  page("Why so", title, `docs/decisions/${file}.md`, `decisions/${file}`);

/** Written for the site: all of their code runs in the tests. */
export const guides: readonly Page[] = [
  page("Start", "Start", "docs/start.md", "start"),
  page("Concepts", "Masks", "docs/concepts/masks.md", "concepts/masks"),
  page("Concepts", "Positions", "docs/concepts/positions.md", "concepts/positions"),
  page("Concepts", "State", "docs/concepts/state.md", "concepts/state"),
  page("Concepts", "Backends", "docs/concepts/backends.md", "concepts/backends"),
  page(
    "Recipes",
    "Train on your own text",
    "docs/recipes/your-own-text.md",
    "recipes/your-own-text",
  ),
  page("Recipes", "Swap a strategy", "docs/recipes/swap-a-strategy.md", "recipes/swap-a-strategy"),
  page(
    "Recipes",
    "Write a strategy",
    "docs/recipes/write-a-strategy.md",
    "recipes/write-a-strategy",
  ),
  page("Recipes", "Attention alone", "docs/recipes/attention-alone.md", "recipes/attention-alone"),
  page("Recipes", "Port from PyTorch", "docs/recipes/from-pytorch.md", "recipes/from-pytorch"),
];

export const pages: readonly Page[] = [
  page("Start", "tx", "README.md", "index"),
  ...guides,
  page(
    "Concepts",
    "The Transformer, walked",
    "docs/the-transformer-walked.md",
    "the-transformer-walked",
  ),
  ...["attention", "positional", "norm", "ffn", "schedule", "model", "training"].map(packagePage),
  ...["core", "ops", "backend", "simd", "webgpu", "layers"].map(packagePage),
  page("Programs", "Laboratory for training", "apps/train/README.md", "apps/train"),
  page("Programs", "Questions", "apps/lab/README.md", "apps/lab"),
  page("Measured", "Performance", "apps/bench/README.md", "performance"),
  page("Measured", "GPU", "docs/gpu.md", "gpu"),
  page("Why so", "Contributing", "CONTRIBUTING.md", "contributing"),
  decision("001-operations-as-contracts", "Operations as contracts"),
  decision("002-one-version", "One version"),
  decision("003-missing-gradients", "Missing gradients"),
  decision("004-engine-contracts", "Contracts of engines"),
  decision("005-own-backward-walk", "A backward walk of our own"),
  decision("006-kernels-alone", "Kernels alone"),
  decision("007-layers-as-kernels", "Layers as kernels"),
  decision("008-positional-contract", "The positional contract"),
  decision("009-checkpoints", "Checkpoints"),
  decision("010-what-attention-weighs", "What attention weighs"),
  decision("011-float32-on-webgpu", "Float32 on WebGPU"),
];
