import { Writable } from "node:stream";

/** A fake terminal or pipe that keeps what is written to it. */
export class FakeStream extends Writable {
  text = "";
  isTTY?: boolean;
  columns?: number;

  constructor(terminal: { isTTY?: boolean; columns?: number } = {}) {
    super();
    Object.assign(this, terminal);
  }

  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}
