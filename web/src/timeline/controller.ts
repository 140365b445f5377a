/**
 * The timeline on a canvas, moved with keys, wheel and pointer: W and S zoom, A and D move, a drag
 * selects, Shift and a drag moves, as in Perfetto. Keys act while the pointer is over it or it has the
 * focus, and nowhere else on the page.
 */
import { paintScene } from "./canvas.ts";
import { type Hit, hitAt } from "./hit.ts";
import { type Layout, layoutOf, type SmRows, smRows, usAt } from "./lanes.ts";
import type { Scene } from "./mark.ts";
import { endUs, type TimelineModel } from "./model.ts";
import { timelineScene } from "./scene.ts";
import { around, clamped, panned, type Window, whole, zoomed } from "./window.ts";

export interface TimelineEvents {
  readonly onPick: (kernel: number | undefined) => void;
  readonly onWindow: (window: Window) => void;
  readonly onSelect: (selection: Window | undefined) => void;
  readonly onHover: (hit: Hit | undefined) => void;
}

/** First step of a key, then the rate while it is held. */
const ZOOM_STEP = 0.75;
const PAN_STEP = 0.12;
const ZOOM_RATE = 2.2;
const PAN_RATE = 1.1;
/** A pointer that moves less has clicked, pixels. */
const CLICK = 4;
const SM_HEIGHT = 210;

type Drag = { readonly kind: "select" | "pan"; readonly x: number; readonly from: Window };

export class TimelineController {
  readonly #box: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #events: TimelineEvents;
  readonly #stop = new AbortController();
  readonly #observer: ResizeObserver;
  #models: readonly TimelineModel[] = [];
  #layout: Layout = layoutOf(0, 1, SM_HEIGHT);
  #window: Window = whole(0);
  #sms: SmRows = { first: 0, count: Number.POSITIVE_INFINITY };
  #picked: number | undefined;
  #selection: Window | undefined;
  #drag: Drag | undefined;
  #over = false;
  #pointerX = 0;
  readonly #held = new Set<string>();
  #movedAt = 0;
  #frame = 0;

  /** @param box takes the focus and holds the canvas */
  constructor(box: HTMLElement, canvas: HTMLCanvasElement, events: TimelineEvents) {
    this.#box = box;
    this.#canvas = canvas;
    this.#events = events;
    this.#observer = new ResizeObserver(() => this.#resized());
    this.#observer.observe(box);
    const { signal } = this.#stop;
    box.addEventListener("wheel", (e) => this.#wheel(e), { passive: false, signal });
    box.addEventListener("pointerdown", (e) => this.#down(e), { signal });
    box.addEventListener("pointermove", (e) => this.#moved(e), { signal });
    box.addEventListener("pointerup", (e) => this.#up(e), { signal });
    box.addEventListener("pointercancel", () => this.#cancel(), { signal });
    box.addEventListener("pointerleave", () => this.#left(), { signal });
    window.addEventListener("keydown", (e) => this.#key(e), { signal });
    window.addEventListener("keyup", (e) => this.#held.delete(e.key.toLowerCase()), { signal });
    window.addEventListener("blur", () => this.#held.clear(), { signal });
  }

  destroy(): void {
    this.#stop.abort();
    this.#observer.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  /** @param window undefined: all, where the models are others; else as it is */
  show(
    models: readonly TimelineModel[],
    picked: number | undefined,
    window: Window | undefined,
  ): void {
    const changed =
      models.some((m, i) => m !== this.#models[i]) || models.length !== this.#models.length;
    const moved = picked !== undefined && picked !== this.#picked;
    this.#models = models;
    this.#picked = picked;
    if (window !== undefined) this.#window = clamped(window, this.#span);
    else if (changed) this.#window = whole(this.#span);
    if (moved && window === undefined) this.#reveal(picked);
    this.#resized();
  }

  get window(): Window {
    return this.#window;
  }

  get sms(): SmRows {
    return smRows(this.#models[0]?.smCount ?? 1, this.#sms);
  }

  scene(): Scene {
    return timelineScene(this.#models, this.#layout, {
      window: this.#window,
      sms: this.#sms,
      picked: this.#picked,
      selection: this.#selection,
    });
  }

  /** Draws with the next frame. */
  redraw(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame((now) => this.#tick(now));
  }

  all(): void {
    this.#go(whole(this.#span));
  }

  zoom(factor: number): void {
    const { fromUs, toUs } = this.#window;
    this.#go(zoomed(this.#window, factor, (fromUs + toUs) / 2, this.#span));
  }

  /** Brings the picked kernel, or what is selected, to the whole width. */
  focus(): void {
    const picked = this.#picked === undefined ? undefined : this.#models[0]?.kernels[this.#picked];
    if (this.#selection !== undefined) {
      const { fromUs, toUs } = this.#selection;
      this.#go(around(fromUs, toUs, this.#span));
    } else if (picked !== undefined) this.#go(around(picked.startUs, endUs(picked), this.#span));
  }

  select(selection: Window | undefined): void {
    this.#selection = selection;
    this.#events.onSelect(selection);
    this.redraw();
  }

  /** @param factor above 1: fewer SMs, higher rows */
  magnifySms(factor: number): void {
    const { first, count } = this.sms;
    const next = factor > 1 ? Math.ceil(count / factor) : Math.round(count / factor);
    this.#sms = { first, count: Math.max(1, next) };
    this.redraw();
  }

  scrollSms(by: number): void {
    const { first, count } = this.sms;
    this.#sms = { first: first + by, count };
    this.#sms = this.sms;
    this.redraw();
  }

  get #span(): number {
    return this.#models.reduce((most, { spanUs }) => Math.max(most, spanUs), 0);
  }

  #resized(): void {
    this.#layout = layoutOf(this.#box.clientWidth, Math.max(1, this.#models.length), SM_HEIGHT);
    this.#canvas.style.height = `${this.#layout.height}px`;
    this.redraw();
  }

  #go(window: Window): void {
    this.#window = window;
    this.#events.onWindow(window);
    this.redraw();
  }

  #tick(now: number): void {
    this.#frame = 0;
    if (this.#held.size > 0) {
      const seconds = Math.min(0.1, (now - this.#movedAt) / 1000);
      this.#movedAt = now;
      this.#move(ZOOM_RATE ** -seconds, PAN_RATE * seconds, [...this.#held]);
      this.redraw();
    }
    if (this.#layout.width > 0) paintScene(this.#canvas, this.scene(), devicePixelRatio || 1);
  }

  #move(zoom: number, pan: number, keys: readonly string[]): void {
    const at = this.#over
      ? usAt(this.#layout, this.#window, Math.max(this.#layout.left, this.#pointerX))
      : (this.#window.fromUs + this.#window.toUs) / 2;
    for (const key of keys) {
      if (key === "w") this.#go(zoomed(this.#window, zoom, at, this.#span));
      if (key === "s") this.#go(zoomed(this.#window, 1 / zoom, at, this.#span));
      if (key === "a") this.#go(panned(this.#window, -pan, this.#span));
      if (key === "d") this.#go(panned(this.#window, pan, this.#span));
    }
  }

  #key(event: KeyboardEvent): void {
    const focused = this.#box === document.activeElement;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!focused && (!this.#over || isTyping(document.activeElement))) return;
    const key = event.key.toLowerCase();
    if ("wasd".includes(key) && key.length === 1) {
      if (!event.repeat) {
        this.#move(ZOOM_STEP, PAN_STEP, [key]);
        this.#movedAt = performance.now();
        this.#held.add(key);
      }
    } else if (key === "f") this.focus();
    else if (key === "home" || key === "0") this.all();
    else if (key === "escape" && this.#selection !== undefined) this.select(undefined);
    else if (key === "escape") this.#events.onPick(undefined);
    else if (focused && (key === "arrowleft" || key === "arrowright"))
      this.#step(key === "arrowleft" ? -1 : 1);
    else if (focused && (key === "arrowup" || key === "arrowdown"))
      this.scrollSms(key === "arrowup" ? -1 : 1);
    else return;
    event.preventDefault();
  }

  /** Moves on to a kernel that is out of sight. */
  #reveal(kernel: number): void {
    const scheduled = this.#models[0]?.kernels[kernel];
    if (scheduled === undefined) return;
    const { startUs } = scheduled;
    const { fromUs, toUs } = this.#window;
    if (endUs(scheduled) > fromUs && startUs < toUs) return;
    const length = toUs - fromUs;
    this.#go(clamped({ fromUs: startUs - length / 4, toUs: startUs + length * 0.75 }, this.#span));
  }

  /** The next kernel or the one before. */
  #step(by: number): void {
    const kernels = this.#models[0]?.kernels ?? [];
    if (kernels.length === 0) return;
    const from = this.#picked ?? (by > 0 ? -1 : kernels.length);
    const next = Math.min(Math.max(from + by, 0), kernels.length - 1);
    this.#events.onPick(next);
  }

  #wheel(event: WheelEvent): void {
    const focused = this.#box === document.activeElement;
    if (!focused && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY))
      this.#go(panned(this.#window, sideways / this.#layout.width, this.#span));
    else {
      const at = usAt(this.#layout, this.#window, this.#xOf(event));
      this.#go(zoomed(this.#window, Math.exp(event.deltaY * 0.0022), at, this.#span));
    }
  }

  #xOf({ clientX }: MouseEvent): number {
    return clientX - this.#box.getBoundingClientRect().left;
  }

  #hit(event: MouseEvent): Hit | undefined {
    const { left, top } = this.#canvas.getBoundingClientRect();
    const perPixel =
      (this.#window.toUs - this.#window.fromUs) / (this.#layout.width - this.#layout.left);
    return hitAt(
      ...([this.#models, this.#layout, this.#window, this.#sms] as const),
      ...([event.clientX - left, event.clientY - top, 3 * perPixel] as const),
    );
  }

  #down(event: PointerEvent): void {
    if (event.button > 1) return;
    const pan = event.shiftKey || event.button === 1 || event.pointerType === "touch";
    this.#drag = { kind: pan ? "pan" : "select", x: this.#xOf(event), from: this.#window };
    this.#box.setPointerCapture(event.pointerId);
    this.#box.focus({ preventScroll: true });
    if (event.button === 1) event.preventDefault();
  }

  #moved(event: PointerEvent): void {
    this.#over = true;
    this.#pointerX = this.#xOf(event);
    const drag = this.#drag;
    if (drag === undefined) {
      this.#events.onHover(this.#hit(event));
      return;
    }
    if (Math.abs(this.#pointerX - drag.x) < CLICK && this.#selection === undefined) return;
    const { left, width } = this.#layout;
    if (drag.kind === "pan") {
      const share = (drag.x - this.#pointerX) / (width - left);
      this.#go(panned(drag.from, share, this.#span));
    } else {
      const at = (x: number) =>
        usAt(this.#layout, this.#window, Math.min(Math.max(x, left), width));
      const [a, b] = [at(drag.x), at(this.#pointerX)];
      if (Math.abs(this.#pointerX - drag.x) >= CLICK)
        this.select({ fromUs: Math.min(a, b), toUs: Math.max(a, b) });
    }
  }

  #up(event: PointerEvent): void {
    const drag = this.#drag;
    this.#drag = undefined;
    if (drag === undefined || Math.abs(this.#xOf(event) - drag.x) >= CLICK) return;
    this.select(undefined);
    const hit = this.#hit(event);
    if (hit !== undefined && hit.side === 0) this.#events.onPick(hit.kernel);
  }

  #cancel(): void {
    this.#drag = undefined;
  }

  #left(): void {
    this.#over = false;
    if (this.#box !== document.activeElement) this.#held.clear();
    this.#events.onHover(undefined);
  }
}

function isTyping(element: Element | null): boolean {
  return element !== null && /^(input|select|textarea)$/i.test(element.tagName);
}
