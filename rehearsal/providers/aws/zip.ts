import { readFileSync } from "node:fs";
import { crc32, deflateRawSync } from "node:zlib";
import { isRecord, type Properties } from "../protocol/values";

/**
 * The ZIP file of an archive as the engine hands it over: a file that is a ZIP already, or a map of names to files and texts. The same
 * content gives the same bytes: every entry is dated 1 January 1980, ZIP's first day.
 */
export function zipOf(archive: Properties): Buffer {
  if (typeof archive.path === "string") return readFileSync(archive.path);
  if (!isRecord(archive.assets))
    throw new Error(
      "this rehearsal's aws provider takes code as an AssetArchive or as a FileArchive of a ZIP file",
    );
  const entries = Object.entries(archive.assets).map(([name, asset]) => ({
    name,
    content: contentOf(name, asset),
  }));
  return zip(entries);
}

function contentOf(name: string, asset: unknown): Buffer {
  if (isRecord(asset) && typeof asset.text === "string") return Buffer.from(asset.text);
  if (isRecord(asset) && typeof asset.path === "string") return readFileSync(asset.path);
  throw new Error(`this rehearsal's aws provider takes ${name} as a FileAsset or a StringAsset`);
}

const FIRST_DAY = 0x0021;
const DEFLATED = 8;
const VERSION = 20;

// The format is PKWARE's APPNOTE.TXT, sections 4.3.7 (local header), 4.3.12 (central directory) and 4.3.16 (its end).
function zip(entries: readonly { name: string; content: Buffer }[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const packed = deflateRawSync(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(VERSION, 0);
    common.writeUInt16LE(DEFLATED, 4);
    common.writeUInt16LE(FIRST_DAY, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([
      Buffer.from([0x50, 0x4b, 3, 4]),
      common,
      Buffer.from(name),
      packed,
    ]);
    const rest = Buffer.alloc(14);
    // Readable by the function's own user: the file's mode in the upper half, as Unix archivers write it.
    rest.writeUInt32LE((0o100644 << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    central.push(
      Buffer.concat([Buffer.from([0x50, 0x4b, 1, 2, VERSION, 3]), common, rest, Buffer.from(name)]),
    );
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  Buffer.from([0x50, 0x4b, 5, 6]).copy(end);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}
