/** A view: what stands in the navigation, and its component, loaded when it is first shown. */
import type { ComponentType } from "preact";

export interface View {
  /** First part of the address. */
  readonly id: string;
  readonly title: string;
  readonly load: () => Promise<{ readonly default: ComponentType<ViewProps> }>;
}

export interface ViewProps {
  /** Parts of the address behind the view's id. */
  readonly rest: readonly string[];
}
