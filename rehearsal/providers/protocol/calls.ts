import type * as grpc from "@grpc/grpc-js";
import { secretStrings, toInitFailure, toWireError } from "./errors";
import { settle } from "./lifecycle";
import { PartialFailure, type Resource } from "./resource";
import type { Decoded } from "./values";

/** Counts the calls under way, so that the process ends between two of them. */
export interface Activity {
  begin(): void;
  end(): void;
}

/** The secret strings that one call has seen; whatever leaves as text must not hold them. */
export class Seen {
  readonly strings: string[] = [];

  add(
    { harmlessOutputs = [] }: Pick<Resource<never>, "harmlessOutputs">,
    ...bags: Decoded[]
  ): void {
    for (const { values, secrets } of bags) {
      const paths = secrets.filter(([top]) => !harmlessOutputs.includes(String(top)));
      this.strings.push(...secretStrings(values, paths));
    }
  }

  /** The text with every such string replaced. */
  redact(text: string): string {
    return toWireError(text, this.strings).details ?? "";
  }
}

/** Turns an async function into a gRPC handler; failures leave with the call's secrets cut out. */
export function unary<Request, Response>(
  activity: Activity,
  handle: (request: Request, seen: Seen) => Promise<Response> | Response,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const seen = new Seen();
    activity.begin();
    void (async () => handle(call.request, seen))()
      .then(
        (response) => callback(null, response),
        (failure: unknown) => callback(wireForm(failure, seen)),
      )
      .finally(() => activity.end());
  };
}

/** Runs a create or an update, so that a partial failure carries the state that the engine must record. */
export async function recording<Client, Result>(
  resource: Resource<Client>,
  inputs: Decoded,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (failure) {
    if (!(failure instanceof PartialFailure)) throw failure;
    throw new Recorded(failure, settle(resource, inputs, failure.live.outputs), inputs);
  }
}

class Recorded extends Error {
  constructor(
    readonly failure: PartialFailure,
    readonly state: Decoded,
    readonly inputs: Decoded,
  ) {
    super(failure.message);
  }
}

function wireForm(failure: unknown, seen: Seen) {
  return failure instanceof Recorded
    ? toInitFailure(failure.failure, failure.state, failure.inputs, seen.strings)
    : toWireError(failure, seen.strings);
}
