import type { Tried } from "../trials";
import type { ProjectClouds } from "./clouds";
import { urlOf } from "./cluster";
import { post, sessionOf } from "./load";

const PAIR = "VAPID_PRIVATE_KEY";

/** A browser's subscription, made before the pair is rotated. */
const subscriptions = new WeakMap<ProjectClouds, string>();

/** Subscribes as a browser does, with the public key that the page gives. */
export async function subscribe(clouds: ProjectClouds): Promise<void> {
  const url = `${urlOf(clouds, "backend")}/api/push`;
  const given = await fetch(`${url}/key`, { signal: AbortSignal.timeout(5_000) });
  const { public_key: key } = (await given.json()) as { public_key: string };
  const endpoint = clouds.push.subscribe(key);
  const body = { endpoint, application_server_key: key };
  const { status } = await post(`${url}/subscriptions`, body, await sessionOf(clouds));
  if (status !== 201) throw new Error(`a subscription was answered with ${status}`);
  subscriptions.set(clouds, endpoint);
}

/** Sends a message to every subscriber: one of the time before still gets it while the old pair is in grace, and none once it is retired. */
export async function messageAfter(
  clouds: ProjectClouds,
  move: string,
  names: readonly string[],
): Promise<Tried[]> {
  const endpoint = subscriptions.get(clouds);
  if (!names.includes(PAIR) || endpoint === undefined) return [];
  const before = clouds.push.delivered(endpoint);
  const url = `${urlOf(clouds, "backend")}/api/push/send`;
  const answer = await post(url, {}, await sessionOf(clouds));
  const { failed, mustResubscribe } = (await answer.json()) as Readonly<Record<string, number>>;
  const got = clouds.push.delivered(endpoint) - before;
  const retired = move === "retire";
  const told = got === 1 ? "gets its message" : "gets none";
  const asked = mustResubscribe ?? 0;
  return [
    {
      secret: PAIR,
      ok: failed === 0 && (retired ? got === 0 && asked > 0 : got === 1 && asked === 0),
      evidence: `a subscription from before the rotation ${told}; ${asked} must subscribe again, ${failed} failed`,
    },
  ];
}
