/** What a page of project's backend asks of it about push messages. */
import type { ProjectClouds } from "./clouds";
import { urlOf } from "./cluster";
import { post } from "../requests";

/** The headers of a session. */
export type Session = Readonly<Record<string, string>>;

/** A subscription of a browser, and the public key that it was made with. */
export interface Subscription {
  readonly endpoint: string;
  readonly key: string;
}

/** What came of a call: the status, and the backend's own word where it refused. */
export interface Answered {
  readonly status: number;
  readonly code?: string;
}

/** A message that the backend called sent and the push service never saw. */
class NotDelivered extends Error {
  override readonly name = "NotDelivered";
}

/** The public key that the page subscribes with now. */
export async function pageKey(clouds: ProjectClouds): Promise<string> {
  const url = `${urlOf(clouds, "backend")}/api/push/key`;
  const given = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  const { public_key: key } = (await given.json()) as { public_key?: string };
  if (key === undefined) throw new Error(`the page's key was answered with ${given.status}`);
  return key;
}

/** Subscribes with a key at the push service, and tells the backend; 201 where that keeps the subscription. */
export async function offer(
  clouds: ProjectClouds,
  key: string,
  session: Session,
): Promise<Answered & { readonly subscription: Subscription }> {
  const subscription = { endpoint: clouds.push.subscribe(key), key };
  const body = { endpoint: subscription.endpoint, application_server_key: key };
  const url = `${urlOf(clouds, "backend")}/api/push/subscriptions`;
  return { subscription, ...(await answered(await post(url, body, session))) };
}

/** Subscribes as a browser does, with the public key that the page gave; @throws Error where that is refused. */
export async function subscribe(
  clouds: ProjectClouds,
  session: Session,
  key: string,
): Promise<Subscription> {
  const { status, subscription } = await offer(clouds, key, session);
  if (status !== 201) throw new Error(`a subscription was answered with ${status}`);
  return subscription;
}

/** Asks the backend for a message to one subscription; @throws Error where it says that it sent one and none arrived. */
export async function messageTo(
  clouds: ProjectClouds,
  { endpoint }: Subscription,
  session: Session,
): Promise<Answered> {
  const before = clouds.push.delivered(endpoint);
  const url = `${urlOf(clouds, "backend")}/api/push/message`;
  const came = await answered(await post(url, { endpoint }, session));
  if (came.status === 200 && clouds.push.delivered(endpoint) === before) throw new NotDelivered();
  return came;
}

async function answered(answer: Response): Promise<Answered> {
  const { code } = (await answer.json()) as { code?: string };
  return { status: answer.status, ...(code === undefined ? {} : { code }) };
}
