/** The frame around every view: navigation, theme, connection, and what fails inside a view. */

import { effect } from "@preact/signals";
import { Component, type ComponentChildren, type ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ErrorBox } from "./components/error-box.tsx";
import { Places } from "./navigation.ts";
import { pageTitle } from "./page-title.ts";
import { hashOf, route } from "./router.ts";
import { connected, errorOf, list, problem, startListening } from "./state/live.ts";
import { type Theme, theme } from "./theme.ts";
import { VIEWS } from "./views/index.ts";
import type { View, ViewProps } from "./views/types.ts";

const places = new Places();
effect(() => places.see(route.value));

export function App() {
  useEffect(startListening, []);
  const [id = VIEWS[0]!.id, ...rest] = route.value.path;
  const view = VIEWS.find((each) => each.id === id);
  const title = pageTitle(route.value, view?.title, list.value?.studies ?? []);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <>
      <button type="button" class="skip" onClick={focusMain}>
        Skip to the view
      </button>
      <header class="top">
        <span class="brand">Tidemark</span>
        <nav aria-label="Views">
          {VIEWS.map((each) => (
            <a
              key={each.id}
              href={hashOf(places.to(each.id))}
              aria-current={each.id === id ? "page" : undefined}
            >
              {each.title}
            </a>
          ))}
        </nav>
        <ThemeChoice />
      </header>
      <main id="main" tabIndex={-1}>
        {!connected.value && (
          <div class="notice" role="status">
            The server does not answer. What is shown stays; the page goes on when it is back.
          </div>
        )}
        {problem.value !== undefined && <ErrorBox error={problem.value} />}
        {view === undefined ? (
          <ErrorBox error={{ message: `there is no view ${id}`, hint: "choose one above" }} />
        ) : (
          <Boundary key={view.id}>
            <Loaded view={view} rest={rest} />
          </Boundary>
        )}
      </main>
    </>
  );
}

function focusMain() {
  document.getElementById("main")!.focus();
}

function ThemeChoice() {
  return (
    <label class="theme">
      <span class="hidden">Colours</span>
      <select
        value={theme.value}
        onChange={({ currentTarget }) => {
          theme.value = currentTarget.value as Theme;
        }}
      >
        <option value="system">As the system</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}

function Loaded({ view, rest }: { readonly view: View } & ViewProps) {
  const [component, set] = useState<{ readonly Shown: ComponentType<ViewProps> } | undefined>();
  const [failed, fail] = useState<unknown>();
  useEffect(() => {
    view.load().then((module) => set({ Shown: module.default }), fail);
  }, [view]);
  if (failed !== undefined) return <ErrorBox error={errorOf(failed)} />;
  if (component === undefined) return <p class="muted">Loading…</p>;
  return <component.Shown rest={rest} />;
}

/** A view that breaks leaves the others alone. */
class Boundary extends Component<{ readonly children: ComponentChildren }, { error?: unknown }> {
  static override getDerivedStateFromError = (error: unknown) => ({ error });
  override state: { error?: unknown } = {};
  override render() {
    return this.state.error === undefined ? (
      this.props.children
    ) : (
      <ErrorBox error={errorOf(this.state.error)} />
    );
  }
}
