/** Browsers that take push messages while the pair is rotated: those of the time before, and whoever loads the page now. */
import type { ProjectClouds } from "./clouds";
import { Session, Subscription, messageTo, pageKey, subscribe } from "./push-calls";

/** How many browsers have a subscription of the time before a rotation. */
export const BROWSERS = 20;
const RETIRED = "push_key_retired";

/** What came of one message to each browser of the time before. */
export interface Asked {
  /** Got it with the subscription that they had. */
  readonly got: number;
  /** Were told to subscribe again, did, and got it then. */
  readonly renewed: number;
  /** The other answers, by their status. */
  readonly others: readonly number[];
}

/** Keeps its subscription until it is told to subscribe again; it does one thing at a time. */
class Browser {
  private busy: Promise<unknown> = Promise.resolve();

  constructor(public subscription: Subscription) {}

  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.busy.then(work);
    // Whoever asked gets to know; the next one has its turn all the same.
    this.busy = mine.catch(() => undefined);
    return mine;
  }
}

/** The browsers of one rehearsal, for its load and for the look after each move. */
export class Browsers {
  /** The headers that the backend knows their users by. */
  session: Session;
  private readonly ended: Subscription[] = [];
  private taken = 0;
  private readonly visitors = new Map<string, Promise<Subscription>>();
  private mayEnd = false;
  private turn = 0;

  private constructor(
    private readonly clouds: ProjectClouds,
    session: Session,
    private readonly browsers: readonly Browser[],
  ) {
    this.session = session;
  }

  /** Subscribes all of them with the key of the page. */
  static async subscribe(clouds: ProjectClouds, session: Session): Promise<Browsers> {
    const key = await pageKey(clouds);
    const browsers: Browser[] = [];
    while (browsers.length < BROWSERS)
      browsers.push(new Browser(await subscribe(clouds, session, key)));
    return new Browsers(clouds, session, browsers);
  }

  /** From now on a browser may be told to subscribe again, which is a failure before. */
  allowEnd(): void {
    this.mayEnd = true;
  }

  /** A subscription of the browsers as it is now. */
  one(): Subscription {
    return (this.browsers[0] as Browser).subscription;
  }

  /** The subscription that ended last because its pair was retired, if one did. */
  lastEnded(): Subscription | undefined {
    return this.ended.at(-1);
  }

  /** How many subscriptions ended since this was asked last. */
  takeEnded(): number {
    const count = this.ended.length - this.taken;
    this.taken = this.ended.length;
    return count;
  }

  /** A message to whoever loads the page now and subscribes with its key; answers the status. */
  async visit(): Promise<number> {
    const visitor = await this.visitorWith(await pageKey(this.clouds));
    return (await messageTo(this.clouds, visitor, this.session)).status;
  }

  /** A message to the next of the browsers of before; answers the status, after a renewal that of the new subscription. */
  async comeBack(): Promise<number> {
    const browser = this.browsers[this.turn++ % this.browsers.length] as Browser;
    return (await this.ask(browser)).status;
  }

  /** A message to every one of them. */
  async everyOne(): Promise<Asked> {
    const answers = await Promise.all(this.browsers.map((browser) => this.ask(browser)));
    const good = answers.filter(({ status }) => status === 200);
    const renewed = good.filter((one) => one.renewed).length;
    const others = answers.filter((one) => !good.includes(one)).map(({ status }) => status);
    return { got: good.length - renewed, renewed, others };
  }

  private visitorWith(key: string): Promise<Subscription> {
    const known = this.visitors.get(key);
    if (known) return known;
    const visitor = subscribe(this.clouds, this.session, key);
    this.visitors.set(key, visitor);
    // One that failed must not stand for those to come.
    visitor.catch(() => this.visitors.delete(key));
    return visitor;
  }

  private ask(browser: Browser): Promise<{ status: number; renewed: boolean }> {
    return browser.inTurn(async () => {
      const { status, code } = await messageTo(this.clouds, browser.subscription, this.session);
      if (code !== RETIRED || !this.mayEnd) return { status, renewed: false };
      await this.renew(browser);
      const now = await messageTo(this.clouds, browser.subscription, this.session);
      return { status: now.status, renewed: true };
    });
  }

  private async renew(browser: Browser): Promise<void> {
    const before = browser.subscription;
    const key = await pageKey(this.clouds);
    browser.subscription = await subscribe(this.clouds, this.session, key);
    this.clouds.push.unsubscribe(before.endpoint);
    this.ended.push(before);
  }
}
