import { SecretText } from "../../../components/secret-text";
import type { Answer, Held, Trial } from "../system";
import { Browsers } from "./browsers";
import type { ProjectClouds } from "./clouds";
import { variablesOf } from "./cluster";
import { sessionOf } from "./load";
import { Subscription, messageTo, offer, pageKey, subscribe } from "./push-calls";

/** A pair of the backend. */
export interface Pair {
  readonly publicKey: string;
  readonly privateKey: SecretText;
}

/** Who takes push messages in one rehearsal. */
export interface Subscribers {
  readonly browsers: Browsers;
  /** A subscription of the time before, which nobody renews. */
  readonly left: Subscription;
  /** One such of each pair that was held so far, by its public key. */
  readonly unrenewed: Map<string, Subscription>;
  /** Every pair that was in use so far, in the order of their first use. */
  readonly used: Pair[];
}

const known = new WeakMap<ProjectClouds, Subscribers>();

/** Those of a rehearsal; @throws Error before they have subscribed. */
export function subscribersOf(clouds: ProjectClouds): Subscribers {
  const found = known.get(clouds);
  if (!found) throw new Error("nobody has subscribed to push messages yet");
  return found;
}

/** Subscribes browsers before anything is rotated. */
export async function subscribeBrowsers(clouds: ProjectClouds): Promise<Browsers> {
  const session = await sessionOf(clouds);
  const browsers = await Browsers.subscribe(clouds, session);
  const left = await subscribe(clouds, session, await pageKey(clouds));
  const [active] = await livePairs(clouds);
  known.set(clouds, { browsers, left, unrenewed: new Map([[left.key, left]]), used: [active] });
  return browsers;
}

/** Makes a subscription that nobody renews with the key of the page, where there is none yet and browsers have subscribed at all. */
export async function leaveSubscription(clouds: ProjectClouds): Promise<void> {
  const subscribers = known.get(clouds);
  if (!subscribers) return;
  const { browsers, unrenewed } = subscribers;
  const key = await pageKey(clouds);
  if (!unrenewed.has(key)) unrenewed.set(key, await subscribe(clouds, browsers.session, key));
}

/** The pairs that the backend is given, the one in use first. */
export async function livePairs(clouds: ProjectClouds): Promise<[Pair, ...Pair[]]> {
  const variables = await variablesOf(clouds, "backend");
  const pairAt = (suffix: string): Pair => {
    const [publicKey, privateKey] = [`VAPID_PUBLIC_KEY${suffix}`, `VAPID_PRIVATE_KEY${suffix}`].map(
      (name) => variables[name],
    );
    if (!publicKey || !privateKey) throw new Error(`the backend has half a pair: ${suffix}`);
    return { publicKey: publicKey.reveal(), privateKey };
  };
  const active = pairAt("");
  const others = Object.keys(variables)
    .flatMap((name) => /^VAPID_PUBLIC_KEY(_ACCEPTED_\w+)$/.exec(name)?.[1] ?? [])
    .map(pairAt)
    .filter(({ publicKey }) => publicKey !== active.publicKey);
  return [active, ...others];
}

/** A subscription with the public key held; where it is accepted, a message to it must arrive. */
export const subscriptionTrial: Trial<ProjectClouds> = {
  what: "a subscription to push messages with the public key of its pair, and a message to it",
  attempt: async ({ clouds }, { username: key = "" }): Promise<Answer> => {
    const session = await sessionOf(clouds);
    const { status, code, subscription } = await offer(clouds, key, session);
    if (status === 409 && code === "push_key_retired") return "refused";
    if (status !== 201) throw new Error(`a subscription was answered with ${status}`);
    const came = await messageTo(clouds, subscription, session);
    if (came.status === 200) return "accepted";
    // A pod that is leaving may take a subscription which those that stay no longer serve.
    if (came.status === 410 && came.code === "push_key_retired") return "refused";
    throw new Error(`a message to a new subscription was answered with ${came.status}`);
  },
};

/** 200 while the subscription of before is served, 401 once its page is told to subscribe again, else the status. */
export async function oldSubscriptionStatus(
  { clouds }: { readonly clouds: ProjectClouds },
  { username: key }: Held,
): Promise<number> {
  const { browsers, unrenewed } = subscribersOf(clouds);
  const old = unrenewed.get(key ?? "");
  if (!old) throw new Error("no subscription was made with the pair that is held");
  const { status, code } = await messageTo(clouds, old, browsers.session);
  return status === 410 && code === "push_key_retired" ? 401 : status;
}
