import type { JsonValue } from "@tokenflow/core/provider";
import { JsonScanner, type JsonVisitor } from "./json-scanner.ts";

/** A model's name in a body, and where it stands, quotes included. */
export interface ModelName {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export interface RequestOutline {
  /** Of several members the last one, as in `JSON.parse`; absent if it is not text. */
  readonly model: ModelName | undefined;
  /** The members that say whose turn it is, and if an image is in it; see `UpstreamRequest`. */
  readonly json: JsonValue;
  /** The number of values in the body: what it would take to build it. */
  readonly values: number;
}

/** The messages of Chat Completions and Messages, or the input of Responses. */
interface Items {
  readonly image: string | undefined;
  readonly last: Item | undefined;
}

interface Item {
  readonly role: string | undefined;
  readonly type: string | undefined;
  readonly parts: readonly Part[];
}

interface Part {
  /** Empty if it has none. */
  readonly type: string;
  /** Only text that begins with a tag, since clients write notes of their own so. */
  readonly text?: string;
}

/** The facts about an open container, in the depth that counts. */
class Frame {
  isObject = false;
  /** The name of the current member. */
  name = "";
  role: string | undefined;
  type: string | undefined;
  /** The type of an image in an array, in the `content` of an object, and in its `output`. */
  image: string | undefined;
  contentImage: string | undefined;
  outputImage: string | undefined;
  text: string | undefined;
  /** The parts in an array, or in the `content` of an object. Those without text are there once for each type. */
  parts: readonly Part[] = NONE;
  /** The last of an array's items. */
  last: Item | undefined;

  reset(isObject: boolean): void {
    this.isObject = isObject;
    this.role = undefined;
    this.type = undefined;
    this.image = undefined;
    this.contentImage = undefined;
    this.outputImage = undefined;
    this.text = undefined;
    this.parts = NONE;
    this.last = undefined;
  }
}

const NONE: readonly Part[] = [];
const UNTYPED: readonly Part[] = [{ type: "" }];
const OTHER: Item = { role: undefined, type: undefined, parts: NONE };
/** The body, its items, and their parts: a tool's result has parts of its own. */
const MAX_DEPTH = 8;
const ROOT = 1;
const ITEMS = 2;
const PART = 5;
const TAG = /^\s*</;
/** Longer text is not kept, and no more members than these. */
const MAX_MEMBER = 256;
const MAX_MEMBERS = 64;
/** More parts are not told apart. */
const MAX_PARTS = 16;
const IMAGE_TYPES: ReadonlySet<string | undefined> = new Set(["image_url", "input_image", "image"]);

/** Reads what the proxy and a provider need of a body as its bytes arrive. Keeps a few words of it and no more. */
export class OutlineReader implements JsonVisitor {
  readonly #scanner = new JsonScanner(this);
  /** Frames are used again: one for each depth. */
  readonly #frames: Frame[] = [];
  #depth = 0;
  #frame = new Frame();
  #isObject = false;
  #model: ModelName | undefined;
  /** The body's members that are short text. */
  readonly #texts = new Map<string, string>();
  #messages: Items | undefined;
  #input: Items | undefined;

  write(bytes: Buffer): void {
    this.#scanner.write(bytes);
  }

  /** True if the body is nested too deeply to be read. */
  get isTooDeep(): boolean {
    return this.#scanner.isTooDeep;
  }

  /** Returns the outline of what was written; `undefined` if that is not a JSON object. */
  end(): RequestOutline | undefined {
    if (!this.#isObject || !this.#scanner.isWhole()) return undefined;
    const model = this.#model;
    const json: Record<string, JsonValue> = Object.fromEntries(this.#texts);
    if (model) json["model"] = model.name;
    if (this.#messages) json["messages"] = outlineOf(this.#messages);
    else if (this.#input) json["input"] = outlineOf(this.#input);
    return { model, json, values: this.#scanner.values };
  }

  open(isObject: boolean): boolean {
    const depth = this.#depth;
    if (depth === 0) this.#isObject = isObject;
    if (!this.#watches(isObject)) {
      if (depth > 0) this.other();
      return false;
    }
    this.#depth = depth + 1;
    this.#frame = this.#frames[depth] ??= new Frame();
    this.#frame.reset(isObject);
    return true;
  }

  close(): void {
    const { isObject, type, text, image, contentImage, outputImage, parts, role } = this.#frame;
    this.#depth -= 1;
    const parent = this.#frames[this.#depth - 1];
    if (!parent) return;
    const value = this.#frame;
    this.#frame = parent;
    if (this.#depth === ROOT) return this.#putItems(value);
    const found = isObject ? (IMAGE_TYPES.has(type) ? type : (contentImage ?? outputImage)) : image;
    if (parent.isObject) {
      if (parent.name === "output") parent.outputImage = found;
      else {
        parent.contentImage = found;
        parent.parts = isObject ? NONE : parts;
      }
      return;
    }
    parent.image ??= found;
    addPart(parent, isObject && type !== undefined ? type : "", text);
    // A note of the system after an item does not change whose turn it is.
    if (this.#depth !== ITEMS || role === "system" || role === "developer") return;
    parent.last = isObject ? { role, type, parts } : OTHER;
  }

  key(name: string): boolean {
    this.#frame.name = name;
    return (
      this.#depth === ROOT || name === "type" || name === "role" || (this.#depth === PART && name === "text")
    );
  }

  text(value: string, start: number, end: number): void {
    if (this.#depth === ROOT) this.#putText(value, start, end);
    else if (this.#frame.name === "role") this.#frame.role = value;
    else if (this.#frame.name === "type") this.#frame.type = value;
    else this.#frame.text = TAG.test(value) ? value : undefined;
  }

  other(): void {
    const frame = this.#frame;
    if (this.#depth === ROOT) return this.#putItems(undefined);
    if (!frame.isObject) {
      addPart(frame, "");
      if (this.#depth === ITEMS) frame.last = OTHER;
    } else if (frame.name === "content") {
      frame.contentImage = undefined;
      frame.parts = NONE;
    } else if (frame.name === "output") frame.outputImage = undefined;
    else if (frame.name === "type") frame.type = undefined;
    else if (frame.name === "text") frame.text = undefined;
    // It is there and is no text, which is not the same as absent.
    else if (frame.name === "role") frame.role = "";
  }

  /** The parts of an item are in arrays, in `content` and in `output`. */
  #watches(isObject: boolean): boolean {
    const { isObject: isMember, name } = this.#frame;
    if (this.#depth === 0) return isObject;
    if (this.#depth === ROOT) return !isObject && (name === "messages" || name === "input");
    if (this.#depth === MAX_DEPTH) return false;
    return !isMember || name === "content" || name === "output";
  }

  #putText(value: string, start: number, end: number): void {
    const { name } = this.#frame;
    this.#putItems(undefined);
    if (name === "model") this.#model = { name: value, start, end };
    else if (name.length + value.length <= MAX_MEMBER && this.#texts.size < MAX_MEMBERS) {
      this.#texts.set(name, value);
    }
  }

  /** Of several members with one name the last counts. */
  #putItems(value: Frame | undefined): void {
    const { name } = this.#frame;
    const items = value && { image: value.image, last: value.last };
    if (name === "messages") this.#messages = items;
    else if (name === "input") this.#input = items;
    else if (name === "model") this.#model = undefined;
    else this.#texts.delete(name);
  }
}

function addPart(frame: Frame, type: string, text?: string): void {
  const { parts } = frame;
  if (parts === UNTYPED && type === "") return;
  if (parts.length === 0 && type === "") frame.parts = UNTYPED;
  else if (text !== undefined && parts.length < MAX_PARTS) frame.parts = [...parts, { type, text }];
  else if (!parts.some((part) => part.type === type && part.text === undefined)) {
    frame.parts = parts.length < MAX_PARTS ? [...parts, { type }] : [...parts.slice(1), { type: "" }];
  }
}

/** The image comes before the last item, whose place says whose turn it is. */
function outlineOf({ image, last }: Items): readonly JsonValue[] {
  const items = last ? [itemOf(last)] : [];
  return image === undefined ? items : [{ content: [{ type: image }] }, ...items];
}

function itemOf({ role, type, parts }: Item): JsonValue {
  const item: Record<string, JsonValue> = {};
  if (role !== undefined) item["role"] = role;
  if (type !== undefined) item["type"] = type;
  if (parts.length > 0) item["content"] = parts.map((part) => ({ ...part }));
  return item;
}
