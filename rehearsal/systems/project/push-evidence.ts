import { vapidAuthorization } from "../../app/panel/vapid";
import type { WalkedMove } from "../system";
import type { Tried } from "../trials";
import { BROWSERS } from "./browsers";
import type { ProjectClouds } from "./clouds";
import { urlOf } from "./cluster";
import { Pair, Subscribers, livePairs, subscribersOf } from "./push";
import type { Subscription } from "./push-calls";
import { post } from "../requests";

/** The secret that the evidence stands at; its public half moves with it. */
const PAIR = "VAPID_PRIVATE_KEY";
const CONTACT = "mailto:stranger@example.com";
const TOLD = "subscribe again";

type Seen = Omit<Tried, "secret">;

/**
 * What subscribers see once a move of the pair is through. In grace the old pair serves the old subscriptions; a retirement and an emergency
 * end them, and their browsers are told to subscribe again. Nothing is ever signed with a pair that was not activated.
 */
export async function pushAfter(
  clouds: ProjectClouds,
  move: WalkedMove,
  names: readonly string[],
): Promise<Tried[]> {
  if (!names.includes(PAIR)) return [];
  const subscribers = subscribersOf(clouds);
  const ends = move === "retire" || move === "emergency";
  const [active, ...others] = await livePairs(clouds);
  if (subscribers.used.every(({ publicKey }) => publicKey !== active.publicKey))
    subscribers.used.push(active);
  const live = [active, ...others].map(({ publicKey }) => publicKey);
  const gone = subscribers.used.filter(({ publicKey }) => !live.includes(publicKey));
  const seen = [
    await messageToAll(clouds, subscribers, ends),
    ...(move === "emergency" ? [await beforeRenewal(subscribers, gone.at(-1))] : []),
    ...(await browsersSee(clouds, subscribers, ends, { active, gone })),
    ...(ends ? [await afterRenewal(subscribers, gone.at(-1))] : []),
  ];
  return seen.map((one) => ({ secret: PAIR, ...one }));
}

/** A message to everybody: a subscription of before that nobody renews gets it until its pair is retired. */
async function messageToAll(
  clouds: ProjectClouds,
  { left, browsers }: Subscribers,
  ends: boolean,
): Promise<Seen> {
  const before = clouds.push.delivered(left.endpoint);
  const answer = await post(`${urlOf(clouds, "backend")}/api/push/send`, {}, browsers.session);
  const { failed, mustResubscribe } = (await answer.json()) as Readonly<Record<string, number>>;
  const got = clouds.push.delivered(left.endpoint) - before;
  const told = got === 1 ? "gets its message" : "gets none";
  const asked = mustResubscribe ?? 0;
  return {
    ok: failed === 0 && (ends ? got === 0 && asked > 0 : got === 1 && asked === 0),
    evidence: `a subscription from before the rotation ${told}; ${asked} must ${TOLD}, ${failed} failed`,
  };
}

/** A message to each browser of before and to one that subscribes now, and the pairs that they were signed with. */
async function browsersSee(
  { push }: ProjectClouds,
  { browsers, used }: Subscribers,
  ends: boolean,
  { active, gone }: { readonly active: Pair; readonly gone: readonly Pair[] },
): Promise<Seen[]> {
  const before = push.signedWith();
  const { got, renewed, others } = await browsers.everyOne();
  const visit = await browsers.visit();
  const after = push.signedWith();
  const since = ({ publicKey }: Pair) => (after.get(publicKey) ?? 0) - (before.get(publicKey) ?? 0);
  const told = browsers.takeEnded();
  const problems = [...others, ...(visit === 200 ? [] : [visit])];
  const unused = [...after.keys()].filter((key) => used.every((pair) => pair.publicKey !== key));
  const counts = used.map((pair, at) => `pair ${at + 1}: ${after.get(pair.publicKey) ?? 0}`);
  return [
    {
      ok: problems.length === 0 && got + renewed === BROWSERS && told === (ends ? BROWSERS : 0),
      evidence: `${BROWSERS} browsers with a subscription: ${got + renewed} get their message, ${told} were told to ${TOLD} (410) and did; one that subscribes now ${visit === 200 ? "gets its message" : "gets none"}; ${problems.length} other answers${problems.length === 0 ? "" : ` (${problems.join(", ")})`}`,
    },
    {
      ok: unused.length === 0 && since(active) > 0 && gone.every((pair) => since(pair) === 0),
      evidence: `messages signed by the pairs that were ever in use: ${counts.join(", ")}; by any other: ${unused.length}; by a retired one since: ${gone.reduce((sum, pair) => sum + since(pair), 0)}`,
    },
  ];
}

/** Whoever has an exposed key sends in the application's name until the browser has subscribed again: this is why it must. */
async function beforeRenewal({ browsers }: Subscribers, pair: Pair | undefined): Promise<Seen> {
  const status = await strangerSends(pair, browsers.one());
  return {
    ok: status === 201,
    evidence: `whoever has the exposed key still reaches a browser that has not subscribed again: ${status} from the push service`,
  };
}

/** Once the browsers have subscribed again, the key that is retired opens nothing. */
async function afterRenewal({ browsers }: Subscribers, pair: Pair | undefined): Promise<Seen> {
  const ended = browsers.lastEnded();
  if (!ended) return { ok: false, evidence: `no browser was told to ${TOLD}` };
  const old = await strangerSends(pair, ended);
  const now = await strangerSends(pair, browsers.one());
  return {
    ok: old === 410 && now === 403,
    evidence: `whoever has the retired key reaches no browser that has subscribed again: ${old} at the old subscription, ${now} at the new one`,
  };
}

/** Sends past the backend, with nothing but the key. */
async function strangerSends(pair: Pair | undefined, to: Subscription): Promise<number> {
  if (!pair) throw new Error("no pair is retired that was in use");
  const { publicKey, privateKey } = pair;
  const keys = { publicKey, privateKey: privateKey.reveal() };
  const authorization = await vapidAuthorization(keys, to.endpoint, CONTACT);
  const answer = await fetch(to.endpoint, {
    method: "POST",
    headers: { authorization, ttl: "60" },
    signal: AbortSignal.timeout(5_000),
  });
  await answer.arrayBuffer();
  return answer.status;
}
