const GONE = new Set(["ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException"]);

/** Undefined where there is no such thing. The SDK's errors carry requests and answers: only the name and the status leave here. */
export async function asking<T>(
  call: string,
  about: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const { name, code, $metadata } = error as Error & {
      code?: string;
      $metadata?: { httpStatusCode?: number };
    };
    if (GONE.has(name)) return undefined;
    const status = $metadata?.httpStatusCode;
    throw new Error(
      `AWS: ${call} on ${about}: ${status === undefined ? (code ?? name) : `${status} ${name}`}`,
      { cause: error },
    );
  }
}
