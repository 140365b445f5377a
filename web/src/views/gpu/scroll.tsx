/** What may be wider than the page: scrolls by itself, by keys too. */
import type { ComponentChildren } from "preact";

export const Scroll = ({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls takes the focus
  <section class="scroll" aria-label={label} tabIndex={0}>
    {children}
  </section>
);
