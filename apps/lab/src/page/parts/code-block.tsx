import { useState } from "preact/hooks";
import { say } from "../language";
import { ui } from "../texts";
import { Scrolling } from "./scrolling";

export interface CodeBlockProps {
  readonly code: string;
  /** The same with colours, as HTML. */
  readonly html: string;
  readonly label: string;
}

/** A program that can be copied. */
export function CodeBlock({ code, html, label }: CodeBlockProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(code);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div class="code">
      <button type="button" class="quiet small copy" onClick={copy}>
        {say(copied ? ui.copied : ui.copy)}
      </button>
      <Scrolling class="listing" label={label}>
        <pre>
          <code dangerouslySetInnerHTML={{ __html: html }} />
        </pre>
      </Scrolling>
      <p class="unseen" role="status">
        {copied ? say(ui.copied) : ""}
      </p>
    </div>
  );
}
