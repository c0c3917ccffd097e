import { defineConfig } from "tsup";

// The one build of every package, so that a later move to another bundler is one file.
export default defineConfig({
  entry: ["src/index.ts"],
  format: "esm",
  target: "es2022",
  platform: "neutral",
  dts: true,
  sourcemap: true,
  clean: true,
  treeshake: true,
});
