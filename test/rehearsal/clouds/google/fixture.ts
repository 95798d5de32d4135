/** What the specs of the fake of Google Cloud share: a started fake, a plain client, and the operator's own client on it. */
import assert from "node:assert/strict";

import { googleClient } from "../../../../operator/google";
import {
  type FakeGoogle,
  type FakeGoogleOptions,
  startFakeGoogle,
} from "../../../../rehearsal/clouds/google/server";

export const PROJECT = "example-project";
export const NUMBER = "123456789012";
export const TOKEN = "owner-token-of-the-test";

/** Starts a fake for a spec; every exception of the fake itself fails the spec that calls `mistakes`. */
export async function startFake(options: Partial<FakeGoogleOptions> = {}) {
  const mistakes: unknown[] = [];
  const fake = await startFakeGoogle({
    project: PROJECT,
    region: "europe-west1",
    token: TOKEN,
    report: (error) => mistakes.push(error),
    ...options,
  });
  const stop = async () => {
    await fake.stop();
    assert.deepStrictEqual(mistakes, []);
  };
  const call = caller(fake);
  const client = googleClient({
    endpoints: fake.endpoints().operator,
    accessToken: TOKEN,
    patience: { backoff: 5, pollInterval: 10 },
  });
  return { fake, call, client, stop };
}

export interface Answer {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are read field by field
  readonly body: any;
}

/** Plain HTTP, as `await call("POST", "/v1/…", { … })`. */
export function caller(fake: Pick<FakeGoogle, "url">) {
  return async (
    method: string,
    path: string,
    body?: unknown,
    token: string | undefined = TOKEN,
  ): Promise<Answer> => {
    const response = await fetch(`${fake.url}${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
}

/** Asserts an error answer in Google's current form. */
export function assertError(answer: Answer, status: number, reason: string, message: RegExp): void {
  const {
    code,
    status: name,
    message: text,
  } = (answer.body as { error: Record<string, unknown> }).error;
  assert.deepStrictEqual([answer.status, code, name], [status, status, reason], String(text));
  assert.match(String(text), message);
}
