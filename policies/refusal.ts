/** Stops the engine, in words that hold no value: the engine prints them. */
export class Refusal extends Error {
  /**
   * @param cause what went wrong inside. Where it happened is told; its message is not, since it may quote what was being read.
   */
  constructor(message: string, cause?: unknown) {
    super(message);
    const stack = cause instanceof Error ? (cause.stack ?? "") : "";
    const frames = stack.match(/^ {4}at .+:\d+:\d+\)?$/gm) ?? [];
    this.stack = [message, ...frames].join("\n");
  }
}
