import { BinaryReader } from "google-protobuf";

/** What to do with each field of a message, by its number; others are skipped. */
export type Fields = Readonly<Record<number, () => void>>;

/** Goes through the fields of a message. */
export function readFields(reader: BinaryReader, fields: Fields): void {
  while (reader.nextField()) (fields[reader.getFieldNumber()] ?? (() => reader.skipField()))();
}

/** The same for a message within a message. */
export function readWithin(reader: BinaryReader, fields: Fields): void {
  reader.readMessage(reader, () => readFields(reader, fields));
}

/** One entry of a map with texts for its keys; `value` reads the value and is not called where that is the default. */
export function readEntry(reader: BinaryReader, value: () => void): string {
  let key = "";
  readWithin(reader, { 1: () => (key = reader.readString()), 2: value });
  return key;
}

/**
 * A `google.protobuf.Struct` as plain values, read from the bytes: making the messages and then the values of them takes twice as long,
 * and a preview waits for each resource.
 */
export function readStruct(reader: BinaryReader): Record<string, unknown> {
  // Without a prototype a key may have any name.
  const entries = Object.create(null) as Record<string, unknown>;
  readWithin(reader, {
    1: () => {
      let value: unknown = null;
      const key = readEntry(reader, () => (value = readValue(reader)));
      entries[key] = value;
    },
  });
  return entries;
}

function readValue(reader: BinaryReader): unknown {
  let value: unknown = null;
  reader.readMessage(reader, () => {
    while (reader.nextField())
      switch (reader.getFieldNumber()) {
        case 2:
          value = reader.readDouble();
          break;
        case 3:
          value = reader.readString();
          break;
        case 4:
          value = reader.readBool();
          break;
        case 5:
          value = readStruct(reader);
          break;
        case 6:
          value = readList(reader);
          break;
        default:
          // The number of "null", or a kind of value that there was not yet.
          value = null;
          reader.skipField();
      }
  });
  return value;
}

function readList(reader: BinaryReader): unknown[] {
  const items: unknown[] = [];
  readWithin(reader, { 1: () => items.push(readValue(reader)) });
  return items;
}
