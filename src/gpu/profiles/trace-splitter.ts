/**
 * Cuts a Chrome trace (a JSON object with `traceEvents`, or a bare array of events) into the texts of
 * its events as it comes in pieces, so that a trace of any length passes through little memory. Only
 * brackets and strings are looked at; whoever takes an event decides whether it is worth parsing:
 * most events of a PyTorch trace are operators and Python frames that nobody here asks for.
 */
import { UserError } from "../../base/errors.ts";

export interface TraceHandler {
  /** A member of the top-level object other than `traceEvents`, as JSON text. */
  onMember(key: string, text: string): void;
  /** One element of `traceEvents`, as JSON text. */
  onEvent(text: string): void;
}

/** An event or member longer than this is no trace's; it must not fill the memory. Characters. */
const LONGEST_VALUE = 1 << 24;

/** Characters of what follows a trace that are kept for a message. */
const KEPT_TRAILING = 40;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

type Place = "start" | "members" | "colon" | "member value" | "events" | "event" | "end";

export class TraceSplitter {
  private readonly handler: TraceHandler;
  private buffer = "";
  /** Next character to look at. */
  private at = 0;
  /** Where the value or key begins that is being read. */
  private from = 0;
  private depth = 0;
  private inString = false;
  private place: Place = "start";
  private key = "";
  private bare = false;
  /** What stands after the trace's end, its beginning; no part of it was read. */
  trailing = "";

  constructor(handler: TraceHandler) {
    this.handler = handler;
  }

  /** @throws UserError where the text cannot be a trace */
  push(text: string): void {
    this.buffer = this.buffer.slice(this.from) + text;
    this.at -= this.from;
    this.from = 0;
    if (this.buffer.length > LONGEST_VALUE + text.length)
      throw new UserError(
        `${this.place === "event" ? "an event" : `'${this.key}'`} is longer than ${LONGEST_VALUE >> 20} million characters`,
        { hint: "the file is damaged, or no trace; export it again" },
      );
    const { buffer } = this;
    while (this.at < buffer.length) if (!this.step(buffer)) break;
    if (this.place !== "event" && this.place !== "member value" && !this.inString)
      this.from = this.at;
  }

  /** Whether the text ended where a trace ends; false where it was cut off. */
  end(): boolean {
    return this.place === "end";
  }

  /** False where the rest of the buffer holds no more than a part of a value. */
  private step(buffer: string): boolean {
    if (this.place === "event" || this.place === "member value") return this.value(buffer);
    if (this.inString) return this.keyString(buffer);
    const c = buffer.charCodeAt(this.at);
    switch (this.place) {
      case "start":
        if (c === OPEN_BRACE) this.place = "members";
        else if (c === OPEN_BRACKET) {
          this.place = "events";
          this.bare = true;
        }
        break;
      case "members":
        if (c === QUOTE) {
          this.inString = true;
          this.from = this.at;
        } else if (c === CLOSE_BRACE) this.place = "end";
        break;
      case "colon":
        if (c === COMMA || c === CLOSE_BRACE || c === CLOSE_BRACKET) {
          // A damaged member without a value.
          this.place = "members";
          return true;
        }
        if (c > 0x20 && c !== COLON) {
          if (this.key === "traceEvents" && c === OPEN_BRACKET) this.place = "events";
          else {
            this.begin("member value");
            return true;
          }
        }
        break;
      case "events":
        if (c === CLOSE_BRACKET) this.place = this.bare ? "end" : "members";
        else if (c > 0x20 && c !== COMMA && c !== CLOSE_BRACE) {
          this.begin("event");
          return true;
        }
        break;
      case "end": {
        const rest = buffer.slice(this.at);
        if (this.trailing.length < KEPT_TRAILING)
          this.trailing = (this.trailing + rest).trimStart().slice(0, KEPT_TRAILING);
        this.at = buffer.length;
        return false;
      }
    }
    this.at++;
    return true;
  }

  private begin(place: "event" | "member value"): void {
    this.place = place;
    this.from = this.at;
    this.depth = 0;
    this.inString = false;
  }

  private keyString(buffer: string): boolean {
    const close = closingQuote(buffer, this.at + (this.at === this.from ? 1 : 0));
    if (close < 0) {
      this.at = buffer.length;
      return false;
    }
    this.key = buffer.slice(this.from + 1, close);
    this.inString = false;
    this.at = close + 1;
    this.place = "colon";
    return true;
  }

  private value(buffer: string): boolean {
    let { at, depth } = this;
    const n = buffer.length;
    if (this.inString) {
      const close = closingQuote(buffer, at);
      if (close < 0) {
        this.at = n;
        return false;
      }
      this.inString = false;
      at = close + 1;
      if (depth === 0) return this.finish(buffer, at);
    }
    for (; at < n; at++) {
      const c = buffer.charCodeAt(at);
      if (c === QUOTE) {
        const close = closingQuote(buffer, at + 1);
        if (close < 0) {
          this.inString = true;
          this.at = n;
          this.depth = depth;
          return false;
        }
        at = close;
        if (depth === 0) return this.finish(buffer, at + 1);
      } else if (c === OPEN_BRACE || c === OPEN_BRACKET) depth++;
      else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) {
        // A number or a word ends where its surroundings do.
        if (depth === 0) return this.finish(buffer, at);
        if (--depth === 0) return this.finish(buffer, at + 1);
      } else if (c === COMMA && depth === 0) return this.finish(buffer, at);
    }
    this.at = n;
    this.depth = depth;
    return false;
  }

  private finish(buffer: string, end: number): boolean {
    const text = buffer.slice(this.from, end);
    if (this.place === "event") {
      this.place = "events";
      this.handler.onEvent(text);
    } else {
      this.place = "members";
      this.handler.onMember(this.key, text.trimEnd());
    }
    this.at = end;
    this.from = end;
    return true;
  }
}

/** Position of the quote that ends a string, from inside it; -1 where the text ends first. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}
