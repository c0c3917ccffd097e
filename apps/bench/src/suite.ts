/** One command of the suite and the file that its figures go to. */
export interface SuitePart {
  /** Without ".json". */
  readonly file: string;
  readonly args: readonly string[];
}

interface SuiteOptions {
  /** As it came up: "webgpu". */
  readonly backend: string;
  readonly quick: boolean;
  readonly python: string;
}

const EVERYONE = "stock,genai,gpt-tfjs,torch";

/** What is measured on a machine with a GPU, or on one without: the models that suit it. */
export function suiteOf({ backend, quick, python }: SuiteOptions): SuitePart[] {
  const isGpu = ["webgpu", "webgl", "node-gpu"].includes(backend);
  const count = (option: string, n: number) => [option, String(quick ? 1 : n)];
  const vs = (peers: string) => ["--vs", peers, "--python", python];
  const step = (config: string, steps: number, peers = EVERYONE, more = ""): SuitePart => ({
    file: `step-${config}${more}`,
    args: ["step", "--config", config, ...count("--steps", steps), ...vs(peers)],
  });
  const generate = (runs: number, peers: string, more = ""): SuitePart => ({
    file: `generate-small${more}`,
    args: [
      ...["generate", "--config", "small", ...count("--runs", runs), ...count("--warmup", 20)],
      ...vs(peers),
    ],
  });
  const lengths = isGpu ? "512,1024,2048,4096,8192,16384" : "512,1024,2048,4096";
  const sizes = isGpu ? "gpu" : "small";
  const parts: SuitePart[] = [
    // Without a GPU the packages run on the plain cpu backend, at ten seconds a step: a few are enough.
    ...(isGpu
      ? [step("small", 40), step("gpu", 20), step("gpt2", 12)]
      : [
          step("small", 40, "stock,torch"),
          step("small", 4, "genai,gpt-tfjs", "-packages"),
          step("wide", 8, "torch"),
        ]),
    {
      file: "attention",
      args: ["attention", "--lengths", quick ? "512" : lengths, ...count("--runs", 5)].concat(
        vs("stock,torch"),
      ),
    },
    ...(isGpu
      ? [generate(20, EVERYONE)]
      : [generate(20, "stock,torch"), generate(3, "genai,gpt-tfjs", "-packages")]),
    { file: `ops-${sizes}`, args: ["ops", "--config", sizes, ...count("--runs", 7)] },
    { file: `positional-${sizes}`, args: ["positional", "--config", sizes, ...count("--runs", 7)] },
    ...(backend === "webgpu"
      ? [
          {
            file: "counts-gpu",
            args: ["counts", "--compute", "--config", "gpu", ...count("--steps", 20)],
          },
        ]
      : []),
    { file: "start-up", args: ["start-up", ...count("--runs", 5)] },
    { file: "products", args: ["products", ...count("--runs", 7)] },
  ];
  return parts.map(({ file, args }) => ({ file, args: [...args, "--backend", backend] }));
}
