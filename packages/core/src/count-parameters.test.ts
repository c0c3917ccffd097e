import { tidy, variable, zeros as zeroTensor } from "@tensorflow/tfjs-core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { countParameters } from "./count-parameters";
import { Embedding } from "./embedding";
import { zeros } from "./initializers";
import { Linear } from "./linear";
import { Module } from "./module";

class Model extends Module {
  readonly embedding = new Embedding(5, 3, { init: zeros });
  readonly output = new Linear(3, 7, { init: zeros });
  readonly tied = this.embedding;
  readonly count = tidy(() => variable(zeroTensor([11]), false));
}

test("counts what is trained, a shared table once", () =>
  expectNoLeak(() => {
    const model = new Model();
    expect(countParameters(model)).toBe(15 + 21 + 7);
    model.dispose();
  }));

test("counts one that would fill the memory many times over", () =>
  expectNoLeak(() => {
    const init = () => {
      throw new Error("not to be called");
    };
    expect(countParameters(() => new Linear(2 ** 24, 2 ** 20, { init }))).toBe(2 ** 44 + 2 ** 20);
  }));
