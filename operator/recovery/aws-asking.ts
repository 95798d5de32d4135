import { AwsRefusal, callAws } from "../aws-call";

const GONE = new Set(["ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException"]);

/** Undefined where there is no such thing; otherwise as {@link callAws}. */
export async function asking<T>(
  call: string,
  about: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await callAws(`AWS: ${call} on ${about}`, work);
  } catch (error) {
    if (error instanceof AwsRefusal && GONE.has(error.reason)) return undefined;
    throw error;
  }
}
