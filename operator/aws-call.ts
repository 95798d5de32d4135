/** AWS did not do what was asked. The message names the call and says AWS's name for the reason; nothing else of the SDK's error is in it. */
export class AwsRefusal extends Error {
  constructor(
    what: string,
    /** AWS's name for the reason, such as `ResourceNotFoundException`. */
    readonly reason: string,
    status: number | string | undefined,
    cause: unknown,
  ) {
    super(`${what}: ${status === undefined ? reason : `${status} ${reason}`}`, { cause });
    this.name = "AwsRefusal";
  }
}

/**
 * Makes one call to AWS; `what` names it in a message. The SDK's errors carry requests and answers: only the name and the status leave here.
 *
 * @throws AwsRefusal
 */
export async function callAws<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { name, code, $metadata } = error as Error & {
      code?: string;
      $metadata?: { httpStatusCode?: number };
    };
    const status = $metadata?.httpStatusCode;
    throw new AwsRefusal(what, status === undefined ? (code ?? name) : name, status, error);
  }
}

const GONE = new Set(["ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException"]);

/** Looks something up as {@link callAws} calls; undefined where there is no such thing. */
export async function findInAws<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await callAws(what, work);
  } catch (error) {
    if (error instanceof AwsRefusal && GONE.has(error.reason)) return undefined;
    throw error;
  }
}
