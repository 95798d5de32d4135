import { randomBytes } from "node:crypto";
import { SecretText } from "../../components/secret-text";
import { CouldNotAsk, answerOf, askAsBearer } from "./ask";
import { Answer, KnownIssuer, partOf } from "./issuer";

/**
 * Asks an address that was chosen in the settings, and then with a random key: one that accepts that as well tells nothing.
 *
 * @throws CouldNotAsk also for such an address.
 */
export async function askChosen(address: string, key: SecretText): Promise<Answer> {
  const answer = answerOf(await askAsBearer(address, key));
  if (answer === "refused") return answer;
  const none = new SecretText(randomBytes(32).toString("hex"));
  if (answerOf(await askAsBearer(address, none)) === "refused") return answer;
  throw new CouldNotAsk(
    "it accepts any key at that address",
    "set an address that only a valid key opens",
  );
}

/** Any other API that takes bearer tokens: `GET` of the address in the settings, which only a valid key may open. */
export const bearer: KnownIssuer = {
  id: "bearer",
  title: "its issuer",
  page: "the keys page of its issuer",
  probe: (parts, { url }) => askChosen(url, partOf(parts, "secret")),
};
