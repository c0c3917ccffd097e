import type { ComponentChildren } from "preact";

export interface ScrollingProps {
  readonly label: string;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** What is wider or higher than its place. It takes the focus, so that the keyboard scrolls it too. */
export function Scrolling({ label, class: name = "wide", children }: ScrollingProps) {
  const focus = { tabIndex: 0 };
  return (
    <section class={name} aria-label={label} {...focus}>
      {children}
    </section>
  );
}
