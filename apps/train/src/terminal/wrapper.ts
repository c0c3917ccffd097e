/**
 * Writes text as it comes, indented and broken at spaces so that no line is wider than the width. A
 * word is held back until it is known whether it still fits.
 */
export class Wrapper {
  private column = 0;
  private gap = "";
  private word = "";

  constructor(
    private readonly write: (piece: string) => void,
    private readonly width: number,
    private readonly indent = "",
  ) {}

  push(text: string): void {
    for (const character of text) {
      if (character === "\n" || character === " ") {
        this.flushWord();
        if (character === "\n") this.breakLine();
        else this.gap += " ";
      } else {
        this.word += character;
        // A word wider than a line is broken anywhere.
        if ([...this.word].length === this.width) this.flushWord();
      }
    }
  }

  /** Writes what is held back, and ends the line. */
  end(): void {
    this.flushWord();
    this.breakLine();
  }

  private flushWord(): void {
    if (this.word === "") return;
    const length = [...this.word].length;
    if (this.column + this.gap.length + length > this.width) this.breakLine();
    const lead = this.column === 0 ? this.indent : "";
    this.write(`${lead}${this.gap}${this.word}`);
    this.column += this.gap.length + length;
    this.gap = "";
    this.word = "";
  }

  private breakLine(): void {
    this.write("\n");
    this.column = 0;
    this.gap = "";
  }
}
