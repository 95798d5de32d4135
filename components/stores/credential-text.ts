import * as pulumi from "@pulumi/pulumi";
import { CredentialGeneration, SecretGeneration } from "../generations";
import { readParts } from "../parts";
import { SecretText } from "../secret-text";

/** A live generation, with the user name where its value is one half of a credential. */
export type StoredGeneration = SecretGeneration & Partial<Pick<CredentialGeneration, "username">>;

/** The keys under which one text holds a credential: the form that AWS's own clients and rotation functions read. */
export const CREDENTIAL_PARTS = ["username", "password"] as const;

/**
 * What a store of single texts keeps of a generation: the value or, for a credential, `{"username": …, "password": …}` as JSON, since
 * users alternate and whoever reads the password must know whose it is. Secret; undefined where the program does not know the value.
 */
export function storedText({
  value,
  username,
}: StoredGeneration): pulumi.Output<string> | undefined {
  if (value === undefined || username === undefined) return value;
  return pulumi.secret(value.apply((password) => JSON.stringify({ username, password })));
}

/** The password of a text that {@link storedText} wrote; a text of another form, as an older one may have, is the password itself. */
export function passwordIn(text: SecretText): SecretText {
  const read = readParts(text.reveal(), CREDENTIAL_PARTS);
  return "parts" in read ? new SecretText(read.parts["password"] ?? "") : text;
}
