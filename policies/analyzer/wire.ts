/** How a field's value is written (https://protobuf.dev/programming-guides/encoding/). */
const FORM = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
/** Ten bytes of seven bits each. */
const LONGEST_VARINT = 2 ** 70;

/**
 * Goes through a message of the engine's from front to back. Google's own reader is made for any message: it takes several times as long
 * and leaves more behind for the garbage collector, and a preview waits for each resource.
 */
export class Wire {
  readonly #bytes: Buffer;
  #position: number;
  #end: number;
  #form = 0;

  /** Everything here throws a RangeError where the bytes, or those between two places, are no message. */
  constructor(bytes: Uint8Array, start = 0, end = bytes.byteLength) {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
    this.#end = end;
  }

  /** The number of the next field; 0 at the end of the message that is being read. The field is then read, entered or skipped. */
  next(): number {
    if (this.#position === this.#end) return 0;
    const tag = this.#varint();
    if (tag < 8) throw new RangeError("a field has no number");
    this.#form = tag & 7;
    return tag >>> 3;
  }

  /** The text that the field holds. */
  text(): string {
    const start = this.#start();
    return this.#bytes.toString(undefined, start, this.#position);
  }

  /** The message that the field holds, to be read another time. The bytes stay those of the message around. */
  message(): Wire {
    const start = this.#start();
    return new Wire(this.#bytes, start, this.#position);
  }

  /** The floating-point number that the field holds. */
  double(): number {
    this.#expect(FORM.fixed64);
    const start = this.#position;
    this.#forward(8);
    return this.#bytes.readDoubleLE(start);
  }

  /** Whether the field holds true. */
  bool(): boolean {
    this.#expect(FORM.varint);
    return this.#varint() !== 0;
  }

  /** Goes on with the message that the field holds; what is given back is for {@link leave}. */
  enter(): number {
    const outer = this.#end;
    const start = this.#start();
    this.#end = this.#position;
    this.#position = start;
    return outer;
  }

  /** Goes back to the message around, when there is nothing left of the one within. */
  leave(outer: number): void {
    this.#end = outer;
  }

  /** Passes over the field. */
  skip(): void {
    if (this.#form === FORM.bytes) this.#start();
    else if (this.#form === FORM.varint) this.#varint();
    else if (this.#form === FORM.fixed64) this.#forward(8);
    else {
      this.#expect(FORM.fixed32);
      this.#forward(4);
    }
  }

  /** Where the bytes of the field begin; they end at the position, and the next field begins there. */
  #start(): number {
    this.#expect(FORM.bytes);
    const length = this.#varint();
    const start = this.#position;
    this.#forward(length);
    return start;
  }

  #forward(bytes: number): void {
    this.#position += bytes;
    if (this.#position > this.#end) throw new RangeError("a field ends behind its message");
  }

  #expect(form: number): void {
    if (this.#form !== form) throw new RangeError("a field is written in another form");
  }

  /** A number below 2^53 and, of a larger one, something that is not zero: those are no lengths, and only skipped. */
  #varint(): number {
    let value = 0;
    for (let scale = 1; scale < LONGEST_VARINT; scale *= 0x80) {
      const byte = this.#bytes[this.#position]!;
      this.#forward(1);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new RangeError("a number is too long");
  }
}

/** A `google.protobuf.Struct` as plain values; in a map a key may have any name. */
export type Struct = ReadonlyMap<string, unknown>;

/** Reads a struct that is the message itself. */
export function readStruct(wire: Wire): Struct {
  const entries = new Map<string, unknown>();
  for (let field = wire.next(); field !== 0; field = wire.next())
    if (field === 1) readEntry(wire, entries);
    else wire.skip();
  return entries;
}

function readEntry(wire: Wire, entries: Map<string, unknown>): void {
  let key = "";
  let value: unknown = null;
  const outer = wire.enter();
  for (let field = wire.next(); field !== 0; field = wire.next())
    if (field === 1) key = wire.text();
    else if (field === 2) value = readValue(wire);
    else wire.skip();
  wire.leave(outer);
  entries.set(key, value);
}

function readValue(wire: Wire): unknown {
  let value: unknown = null;
  const outer = wire.enter();
  for (let field = wire.next(); field !== 0; field = wire.next())
    if (field === 2) value = wire.double();
    else if (field === 3) value = wire.text();
    else if (field === 4) value = wire.bool();
    else if (field === 5) {
      const around = wire.enter();
      value = readStruct(wire);
      wire.leave(around);
    } else if (field === 6) value = readList(wire);
    else {
      // The number of "null", or a kind of value that there was not yet.
      value = null;
      wire.skip();
    }
  wire.leave(outer);
  return value;
}

function readList(wire: Wire): unknown[] {
  const items: unknown[] = [];
  const outer = wire.enter();
  for (let field = wire.next(); field !== 0; field = wire.next())
    if (field === 1) items.push(readValue(wire));
    else wire.skip();
  wire.leave(outer);
  return items;
}
